"""`$NAME`, `${NAME:-default}` and their kin, as compose fills them in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from advisor.facts.secrecy import looks_secret
from advisor.jobs.word import Expansion, Word, joined, word

MOST_DEPTH = 50
MOST_LENGTH = 2_000_000

Values = Mapping[str, str | Word]
"""Variables by name; a value may have expansions of its own."""

_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*", re.ASCII)
_OPERATOR = re.compile(r":?[-?+]")


def interpolate(text: str, values: Values, depth: int = 0) -> Word:
    """The text with the values put in; a variable without one stays an expansion.

    `depth` is how many defaults the text stands in. Raises ValueError for a dollar sign that
    compose does not understand, and for what becomes more than people write.
    """
    if depth > MOST_DEPTH:
        raise ValueError(f"more than {MOST_DEPTH} ${{ in one another")
    if "$" not in text:
        return Word(parts=(text,) if text else ())
    parts: list[str | Expansion] = []
    index = length = 0
    while index < len(text):
        dollar = text.find("$", index)
        if dollar < 0:
            parts.append(text[index:])
            break
        parts.append(text[index:dollar])
        reference, index = _reference(text, dollar, values, depth)
        parts += reference.parts
        length += sum(len(part) for part in reference.parts if isinstance(part, str))
        if length > MOST_LENGTH:
            raise ValueError(f"more than {MOST_LENGTH:,} characters once variables are put in")
    return joined(parts)


def _reference(text: str, dollar: int, values: Values, depth: int) -> tuple[Word, int]:
    """What stands for the reference at `dollar`, and where it ends."""
    if text.startswith("$", dollar + 1):
        return Word(parts=("$",)), dollar + 2
    if text.startswith("{", dollar + 1):
        end = _closing(text, dollar + 1)
        return _braced(text[dollar : end + 1], values, depth), end + 1
    name = _NAME.match(text, dollar + 1)
    if name is None:
        raise ValueError("a dollar sign that starts no variable: write $$ for a plain one")
    return _value(name[0], text[dollar : name.end()], values), name.end()


def _closing(text: str, brace: int) -> int:
    depth = 0
    for index in range(brace, len(text)):
        if text[index] == "{" and text[index - 1] == "$":
            depth += 1
        elif text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    raise ValueError("a ${ that is not closed")


def _braced(source: str, values: Values, depth: int) -> Word:
    inner = source[2:-1]
    name = _NAME.match(inner)
    if name is None:
        raise ValueError(f"no name of a variable in {source}")
    rest = inner[name.end() :]
    if not rest:
        return _value(name[0], source, values)
    operator = _OPERATOR.match(rest)
    if operator is None:
        raise ValueError(f"not something compose can fill in: {source}")
    word = rest[operator.end() :]
    stated = values.get(name[0])
    given = bool(stated) if operator[0].startswith(":") else stated is not None
    if operator[0].endswith("-"):
        return _value(name[0], source, values) if given else interpolate(word, values, depth + 1)
    if operator[0].endswith("+"):
        return interpolate(word, values, depth + 1) if given else Word()
    return _value(name[0], source, values) if given else _open(name[0], source)


def _value(name: str, source: str, values: Values) -> Word:
    """The value, or the name alone for what is not known and for secrets."""
    stated = values.get(name)
    if stated is None:
        return _open(name, source)
    value = as_word(stated)
    if value.literal and looks_secret(name, value.literal):
        return _open(name, source, withheld=True)
    return value


def as_word(value: str | Word) -> Word:
    """A value as a word."""
    return value if isinstance(value, Word) else word(value)


def _open(name: str, source: str, *, withheld: bool = False) -> Word:
    left = Expansion(source=source, kind="variable", name=name, quoted=True, withheld=withheld)
    return Word(parts=(left,))
