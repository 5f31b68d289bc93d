"""`.env` files."""

from __future__ import annotations

import pytest

from advisor.readers.compose.input import parse_dotenv

BY_LINE = {
    "# A=1": {},
    "  # A=1": {},
    "A=1 # note": {"A": "1"},
    "A= # note": {"A": "# note"},
    "A=#x": {"A": "#x"},
    "A=a#b": {"A": "a#b"},
    "A": {},
    "KNOWN": {"KNOWN": "k"},
    "export A": {},
    "export  A=1": {"A": "1"},
    "export B = two words # note": {"B": "two words"},
    "A: b": {"A": "b"},
    "A:b": {"A": "b"},
    "A==b": {"A": "=b"},
    "A=\t1": {"A": "1"},
    "A.b=1\nC-d=2\nE[0]=3": {"A.b": "1", "C-d": "2", "E[0]": "3"},
    "A='x' # y\nB=1": {"A": "x", "B": "1"},
    "A='$a # b'": {"A": "$a # b"},
    "A='it\\'s'": {"A": "it's"},
    "A='a\nb'\nC=1": {"A": "a\nb", "C": "1"},
    'A="x\\ny \\"z\\""': {"A": 'x\ny "z"'},
    'A="\\u0041"': {"A": "\\u0041"},
    'A="x"y': {"A": "x"},
    'A=a"b"c': {"A": 'a"b"c'},
    'A=""': {"A": ""},
    "A=": {"A": ""},
    "A=x\\ny": {"A": "x\\ny"},
    "A=b \\\nc": {"A": "b \\"},
    "A=1;B=2": {"A": "1;B=2"},
    "A=http://x:80/#frag": {"A": "http://x:80/#frag"},
    "A=$(date)": {"A": "$(date)"},
    "A=1\r\nB=2\r": {"A": "1", "B": "2"},
    "\ufeffA=1": {"A": "1"},
    "A=1\nA=2": {"A": "2"},
    "KNOWN=1\nA=$KNOWN": {"KNOWN": "1", "A": "k"},
    "B=1\nA=${B}2": {"B": "1", "A": "12"},
}
"""As compose reads them (its own parser was asked for each)."""


@pytest.mark.parametrize("text", BY_LINE)
def test_lines(text: str) -> None:
    assert parse_dotenv(f"{text}\n", {"KNOWN": "k"}) == BY_LINE[text]


@pytest.mark.parametrize("line", ["not a variable", "A b=1", "- A=1"])
def test_a_line_that_compose_refuses_is_passed_over(line: str) -> None:
    assert parse_dotenv(f"{line}\nB=1\n") == {"B": "1"}
