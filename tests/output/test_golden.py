"""Whole texts of every format, compared byte for byte."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from advisor.output.formats import (
    CHECK_FORMATS,
    DIFF_FORMATS,
    FORMATS,
    WITHOUT_COMMANDS,
    RenderOptions,
)
from tests.output import golden
from tests.output.sample import SAMPLE


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


@pytest.mark.parametrize("format", FORMATS)
def test_only_formats_that_are_said_to_show_no_commands_do_without(format: str) -> None:
    assert SAMPLE.plan is not None
    jobs = tuple(replace(job, commands=(), flags=(), lost=()) for job in SAMPLE.plan.jobs)
    bare = replace(SAMPLE, plan=replace(SAMPLE.plan, jobs=jobs))
    written = [
        FORMATS[format](one, RenderOptions(verbose=True, full=True)) for one in (SAMPLE, bare)
    ]
    assert (written[0] == written[1]) == (format in WITHOUT_COMMANDS)
