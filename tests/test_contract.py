"""What is generated is up to date, and what the house's own tools name is there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import advisor
from tests.mutants.__main__ import SUBJECTS

PACKAGE = Path(advisor.__file__).parent
ROOT = Path(__file__).parent.parent


def test_what_is_generated_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert generate.outdated() == []


def test_what_gets_faults_and_the_tests_that_shall_see_them_are_there() -> None:
    named = [
        path
        for modules, tests in SUBJECTS.values()
        for path in (*(PACKAGE / module for module in modules), *(ROOT / test for test in tests))
    ]
    assert [path for path in named if not path.exists()] == []
