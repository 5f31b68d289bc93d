"""The terminal output: bounded, a screen of summary first, and never driven by a name."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given

from advisor.output.formats import FORMATS, RenderOptions
from advisor.output.overview import PENDING
from tests.output.sample import SAMPLE
from tests.output.sample_large import LARGE
from tests.output.spoiling import spoil, texts

_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def _render(text: str, *, color: bool) -> str:
    return FORMATS["terminal"](spoil(text), RenderOptions(color=color))


@pytest.mark.slow
@given(texts)
def test_no_name_drives_the_terminal_and_colour_changes_no_word(text: str) -> None:
    plain, coloured = _render(text, color=False), _STYLE.sub("", _render(text, color=True))
    assert {c for c in plain if not c.isprintable()} == {"\n"}
    assert {c for c in coloured if not c.isprintable()} == {"\n"}
    assert coloured.split() == plain.split()


@pytest.mark.parametrize("assessment", [SAMPLE, LARGE], ids=["sample", "large"])
def test_the_summary_fits_a_screen(assessment: type) -> None:
    written = FORMATS["terminal"](assessment, RenderOptions(width=100))
    summary, _, _ = written.partition("\nWHAT TO ACT ON\n")
    assert (len(summary.splitlines()) <= 30, len(written.splitlines()) <= 80) == (True, True)


def test_a_large_audit_says_how_much_is_left_out_and_where_it_is() -> None:
    written = FORMATS["terminal"](LARGE, RenderOptions(report="r.html"))
    acted_on = [one for one in (*LARGE.images, *LARGE.data) if one.outcome in PENDING]
    assert f"and {len(acted_on) - 10:,} more: see r.html" in written


LONG = "advisor audit --context prod --docker-host ssh://ada@gpu-01 --runai 2.25 --fail-on never"


@pytest.mark.parametrize(
    ("command", "plan"),
    [
        ("advisor audit", "advisor snapshot | advisor plan - -o plan/"),
        (
            LONG,
            "advisor snapshot --context prod --docker-host ssh://ada@gpu-01"
            " | advisor plan - --runai 2.25 -o plan/",
        ),
        ("advisor audit --demo", "advisor snapshot --demo | advisor plan - -o plan/"),
        (
            "advisor audit --snapshot 'all of it.zst' --registry=r.example/lab --jobs jobs -v",
            "advisor snapshot --snapshot 'all of it.zst'"
            " | advisor plan - --registry=r.example/lab -o plan/",
        ),
        ("advisor report a.zst b.zst", "advisor plan a.zst b.zst -o plan/"),
    ],
)
@pytest.mark.parametrize("width", [60, 100, 400])
def test_commands_of_the_next_steps_are_whole_when_they_are_pasted(
    command: str, plan: str, width: int
) -> None:
    written = FORMATS["terminal"](SAMPLE, RenderOptions(width=width, command=command))
    _, _, steps = written.partition("\nNEXT\n")
    pasted = [line.partition("  # ")[0].strip() for line in steps.splitlines()]
    commands = [line for line in pasted if line and not line.startswith("# ")]
    assert commands[-3:] == [f"{command} --verbose", f"{command} --format html=report.html", plan]


def test_verbose_lifts_the_bounds() -> None:
    parts = ("images", "findings", "nodes")
    beyond = msgspec.structs.replace(LARGE, **{name: getattr(LARGE, name)[:400] for name in parts})
    texts_of = [
        FORMATS["terminal"](beyond, RenderOptions(verbose=verbose)) for verbose in (False, True)
    ]
    assert ["more: --verbose shows all" in text for text in texts_of] == [True, False]


def test_no_line_is_wider_than_asked() -> None:
    written = FORMATS["terminal"](SAMPLE, RenderOptions(width=60))
    told, _, _ = written.partition("\nNEXT\n")
    assert [line for line in told.splitlines() if len(line) > 60] == []
