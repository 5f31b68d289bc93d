"""Whole texts of every format, compared byte for byte."""

from __future__ import annotations

import pytest

from advisor.output.formats import CHECK_FORMATS, DIFF_FORMATS, FORMATS
from tests.output import golden


@pytest.mark.parametrize("name", golden.NAMES)
def test_a_format_gives_the_kept_text(name: str) -> None:
    kept = (golden.FOLDER / name).read_text(encoding="utf-8")
    assert golden.render(name) == kept


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in golden.FOLDER.iterdir()} == set(golden.NAMES)


def test_every_format_has_a_golden_file() -> None:
    assert {case[0] for case in golden.CASES.values()} == set(FORMATS)


def test_every_format_of_a_check_has_a_golden_file() -> None:
    assert {case[0] for case in golden.CHECK_CASES.values()} == set(CHECK_FORMATS)


def test_every_format_of_a_difference_has_a_golden_file() -> None:
    assert {case[0] for case in golden.DIFF_CASES.values()} == set(DIFF_FORMATS)
