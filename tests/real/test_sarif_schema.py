"""What advisor writes as SARIF, judged by the published schema of SARIF 2.1.0.

The schema ships in an npm package of the format's own authors.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from advisor.output.formats import RenderOptions
from advisor.output.sarif import render, render_check
from tests.output.check_sample import CHECK, NOTHING
from tests.output.sample import EMPTY, SAMPLE

pytestmark = pytest.mark.real
PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
MEMBER = "package/lib/schemas/sarif-2.1.0-rtm.5.json"
LOGS = {
    "check": render_check(CHECK, RenderOptions()),
    "nothing": render_check(NOTHING, RenderOptions()),
    "audit": render(SAMPLE, RenderOptions()),
    "empty audit": render(EMPTY, RenderOptions()),
}


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Draft4Validator:
    folder = tmp_path_factory.mktemp("sarif")
    command = ["npm", "pack", "--silent", PACKAGE]
    name = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    with tarfile.open(Path(folder, name.stdout.strip().splitlines()[-1])) as packed:
        member = packed.extractfile(MEMBER)
        assert member is not None
        return Draft4Validator(json.load(member))


@pytest.mark.parametrize("name", LOGS)
def test_a_log_keeps_to_the_schema(validator: Draft4Validator, name: str) -> None:
    assert [error.message for error in validator.iter_errors(json.loads(LOGS[name]))] == []


def test_the_schema_refuses_what_is_wrong(validator: Draft4Validator) -> None:
    log = json.loads(LOGS["check"])
    log["runs"][0]["results"][0]["level"] = "severe"
    assert [list(error.path) for error in validator.iter_errors(log)] == [
        ["runs", 0, "results", 0, "level"]
    ]
