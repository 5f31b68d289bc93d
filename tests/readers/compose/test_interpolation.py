from __future__ import annotations

import pytest

from advisor.jobs.word import Expansion, Word, joined, word
from advisor.readers.compose.interpolation import interpolate

VALUES = {"A": "1", "EMPTY": ""}


def left(source: str, name: str) -> Expansion:
    return Expansion(source=source, kind="variable", name=name, quoted=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", word("plain")),
        ("$A-${A}", word("1-1")),
        ("$$A $$", word("$A $")),
        ("x${B}y", joined(("x", left("${B}", "B"), "y"))),
        ("$B", joined((left("$B", "B"),))),
        ("${B:-x}${B-y}${EMPTY:-z}${EMPTY-w}", word("xyz")),
        ("${A:+p}${EMPTY:+q}${EMPTY+r}${B+s}", word("pr")),
        ("${B:?no B}", joined((left("${B:?no B}", "B"),))),
        ("${A?no A}", word("1")),
        ("${B:-${C:-deep}}", word("deep")),
        ("${B:-$C}", joined((left("$C", "C"),))),
        ("", Word()),
    ],
)
def test_interpolation(text: str, expected: Word) -> None:
    assert interpolate(text, VALUES) == expected


@pytest.mark.parametrize("text", ["${", "${}", "${A", "$1", "a$ b", "${A!}", "${1A}"])
def test_refusals(text: str) -> None:
    with pytest.raises(ValueError, match=r"\$|dollar"):
        interpolate(text, VALUES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${A:-" * 5000 + "}" * 5000, "more than 50 ${ in one another"),
        ("$B" * 5000, "more than 2,000,000 characters once variables are put in"),
    ],
)
def test_what_nobody_writes(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the whole message is compared
        interpolate(text, {"B": "x" * 1000})
    assert str(caught.value) == message


def test_secrets_are_passed_on_by_name() -> None:
    values = {"DB_PASSWORD": "hunter2", "TAG": "3"}
    found = interpolate("a:$TAG --pw=${DB_PASSWORD:-x} ${DB_PASSWORD:+y}", values)
    assert found.text == "a:3 --pw=${DB_PASSWORD:-x} y"
