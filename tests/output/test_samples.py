"""The samples that the README shows are what this version writes."""

from __future__ import annotations

import pytest

from advisor import api
from advisor.output.formats import FORMATS
from tests.output import samples


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_kept_snapshot_is_what_its_builder_makes(name: str) -> None:
    sample = samples.SAMPLES[name]
    assert api.load_snapshot(str(samples.FOLDER / sample.file)) == sample.snapshot


@pytest.mark.parametrize("format_name", samples.SUFFIXES)
@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_kept_report_is_current(name: str, format_name: str) -> None:
    path = samples.FOLDER / f"{name}.{samples.SUFFIXES[format_name]}"
    assert samples.text(name, format_name) == path.read_text(encoding="utf-8")


def test_every_format_is_kept() -> None:
    assert set(samples.SUFFIXES) == set(FORMATS)


def test_nothing_else_is_in_the_folder() -> None:
    assert {path.name for path in samples.FOLDER.iterdir()} == samples.file_names()


def test_the_samples_show_every_outcome() -> None:
    things = [
        thing.outcome
        for name in samples.SAMPLES
        for thing in (*samples.assessment(name).images, *samples.assessment(name).data)
    ]
    assert set(things) == {"move", "unknown", "blocked", "stay", "ok"}
