"""What the answers of engines, clusters and registries have in common."""

from __future__ import annotations

import pytest

from advisor.probes.answers import EndlessError, Pace, error_chain, retry_after


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("", 0.0),
        ("soon", 0.0),
        ("-1", 0.0),
        ("9" * 400, 1e9),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
def test_retry_after(text: str, seconds: float) -> None:
    assert retry_after(text) == seconds


def test_retry_after_a_date_to_come() -> None:
    assert retry_after("Wed, 21 Oct 2999 07:28:00 GMT") > 1e9


def test_an_answer_is_neither_endless_in_size_nor_in_time() -> None:
    now = [0.0]
    pace = Pace("a list", 5000, 10, clock=lambda: now[0])
    pace.add(1)
    now[0] = 10
    pace.add(1)
    now[0] = 10.1
    with pytest.raises(EndlessError, match=r"^its answer comes too slowly$"):
        pace.add(1)
    now[0] = 4
    with pytest.raises(EndlessError, match=r"^its answer is too long for a list$"):
        pace.add(4998)


def test_an_error_is_followed_to_what_it_wraps() -> None:
    inner, argument = OSError("inner"), KeyError("argument")
    outer = ValueError(argument)
    outer.__cause__ = inner
    inner.__context__ = outer
    assert list(error_chain(outer)) == [outer, inner, argument]
