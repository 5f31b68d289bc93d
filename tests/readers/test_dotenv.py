"""`.env` files."""

from __future__ import annotations

from advisor.readers.dotenv import parse_dotenv


def test_lines() -> None:
    text = """# note
A=1
export B = two words # note
C="x\\ny \\"z\\""
D='$a # b'
E=
not a variable
A=2
F=a#b
"""
    assert parse_dotenv(text) == {
        "A": "2",
        "B": "two words",
        "C": 'x\ny "z"',
        "D": "$a # b",
        "E": "",
        "F": "a#b",
    }
