"""The sample a week later: something fixed, something new, something that could not be read."""

from __future__ import annotations

import msgspec

from advisor.judging.difference import compare
from advisor.planning.status import Seen
from tests.output.sample import SAMPLE

_replace = msgspec.structs.replace
_image, _data = SAMPLE.images[0], SAMPLE.data[0]
_first, _second, _third = SAMPLE.findings[:3]
_fixed = [
    finding
    for finding in SAMPLE.findings
    if finding.status == "finding" and finding.subject.id == _image.subject.id
]
LATER = _replace(
    SAMPLE,
    taken="2026-11-27T09:30:00Z",
    verdicts=(
        _replace(SAMPLE.verdicts[0], outcome="ok", sentence="Images are in a repository."),
        _replace(SAMPLE.verdicts[1], count=3, nodes=("dgx-01", "dgx-02", "dgx-03")),
    ),
    images=(
        _replace(_image, outcome="ok", message="It is in a registry now."),
        *SAMPLE.images[2:],
        _replace(
            SAMPLE.images[1],
            subject=_replace(_image.subject, id="image:new:1", label="new:1"),
            message="new:1 is only on dgx-02.",
        ),
    ),
    findings=(
        *(finding for finding in SAMPLE.findings if finding not in _fixed),
        _replace(
            _first,
            subject=_replace(_image.subject, id="image:new:1", label="new:1"),
            fingerprint="new",
            message="new:1 is only on dgx-02.",
        ),
    ),
    sources=SAMPLE.sources[:1],
    seen=Seen(
        hosts={"dgx-01": "classic"},
        digests={"sha256:aa": (f"registry.lab.example/llm-finetune@sha256:{'d' * 64}",)},
        claims={},
    ),
)
DIFF = compare(SAMPLE, LATER)
SAME = compare(SAMPLE, SAMPLE)
"""Two of the same: nothing may be said to have changed."""
