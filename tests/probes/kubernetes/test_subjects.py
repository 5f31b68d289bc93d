"""Records of small objects."""

from __future__ import annotations

import msgspec
import pytest

from advisor.probes.kubernetes.redaction import Redactor
from advisor.probes.kubernetes.subjects import SUBJECTS


@pytest.mark.parametrize(
    ("status", "version"),
    [
        (
            '{"history": [{"state": "Partial", "version": "4.18.3"},'
            ' {"state": "Completed", "version": "4.17.12"}]}',
            "4.17.12",
        ),
        ('{"history": [{"state": "Completed", "version": null}, null]}', ""),
        ('{"history": null}', ""),
        ("null", ""),
    ],
)
def test_the_openshift_version_is_what_is_installed(status: str, version: str) -> None:
    subject = SUBJECTS["config.openshift.io/clusterversions"]
    text = f'{{"metadata": {{"name": "version"}}, "status": {status}}}'
    wire = msgspec.json.decode(text, type=subject.wire)
    assert subject.record(wire, Redactor()) == version
