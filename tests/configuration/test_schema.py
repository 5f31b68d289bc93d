"""The published schema of advisor.toml takes what the reader takes, and refuses what it refuses."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from advisor.configuration.config_file import parse_settings
from advisor.errors import InputError

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads((ROOT / "reports" / "schema" / "configuration.schema.json").read_text())
PAGE = (ROOT / "docs" / "reference" / "configuration.md").read_text()
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)

TAKEN = [
    EXAMPLE,
    "",
    '[assume]\ngpu-nodes = 4\ngpus-per-node = 8\nmemory = "512Gi"\ncpu-nodes = 0\n',
    "[rules.IMG003]\nenabled = false\n[rules.DAT004.params]\nlimit = 3\n",
    "bandwidth = 10000000\n",
]
REFUSED = [
    "registri = 'x'\n",
    "bandwidth = 0\n",
    "bandwidth = 'fast'\n",
    "[storage-classes.fast]\nserves = 'all'\n",
    "[storage-classes.fast]\nreason = 'x'\n",
    "[[ignore]]\nrule = 'DAT004'\n",
    "[rules.IMG003]\nseverity = 'fatal'\n",
    "[assume]\ngpus = 4\n",
    "system-namespaces = 'kube-*'\n",
]


def _faults(text: str) -> list[str]:
    validator = Draft202012Validator(SCHEMA)
    return [error.message for error in validator.iter_errors(tomllib.loads(text))]


@pytest.mark.parametrize("text", TAKEN)
def test_what_is_taken(text: str) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    parse_settings(text.encode(), name="advisor.toml")
    assert _faults(text) == []


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_settings(text.encode(), name="advisor.toml")
    assert _faults(text) != []
