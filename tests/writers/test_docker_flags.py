"""What becomes of every flag of docker run, for both versions of runai."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from advisor.readers.docker_run.flags import flag_catalog
from tests.writers.docker_cases import CASES, GLOBAL, GOLDEN, commands, verdicts

EXPECTED: dict[str, Any] = yaml.load(GOLDEN.read_text(encoding="utf-8"), yaml.CSafeLoader)


@pytest.mark.parametrize("command", commands())
def test_every_flag_has_its_entry(command: str) -> None:
    assert verdicts(command) == EXPECTED[command]


def test_every_flag_of_docker_has_a_case() -> None:
    flags = {
        f"--{flag.name}"
        for flag in flag_catalog().flags
        if "docker" in flag.engines and not flag.alias and flag.name not in ("help", "version")
    }
    given = {name for name, cases in CASES.items() if cases} | {
        flags.split()[0] for flags in GLOBAL
    }
    assert given == flags
