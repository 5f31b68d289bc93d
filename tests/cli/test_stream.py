from __future__ import annotations

import sys

import pytest

from advisor.cli.stream import LateBars, progress_bars
from advisor.probes.common import NoProgress


def test_nobody_watches_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars(quiet=False) as progress:
        progress.advance("prod", "pods", 1, 2)
    assert not sys.stderr.isatty()
    assert isinstance(progress, NoProgress)
    assert capsys.readouterr() == ("", "")


def test_what_is_quick_shows_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    bars = LateBars(patience=60)
    bars.advance("prod", "pods", 1, 2)
    bars.stop()
    assert capsys.readouterr() == ("", "")


def test_bars_go_to_standard_error_and_names_are_no_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    bars = LateBars(patience=0)
    bars.advance("prod [red]", "pods", 1, 2)
    bars.advance("prod [red]", "pods", 2, 2)
    bars.stop()
    bars.advance("prod [red]", "images", 1, None)
    shown = capsys.readouterr()
    assert (shown.out, "prod [red]: pods" in shown.err, "images" in shown.err) == ("", True, False)
