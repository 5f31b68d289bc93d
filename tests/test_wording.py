"""No text that a user reads has a word of the list in docs/wording.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ROOMS = ("checking", "cli", "judging", "output", "planning", "views", "writers")
TEXTS_OF_A_RULE = ("title", "message", "remedy", "why")
MARKUP = re.compile(r"\{[{%#].*?[}%#]\}|<[^>]+>", re.DOTALL)


def _words() -> tuple[str, ...]:
    page = (ROOT / "docs" / "wording.md").read_text(encoding="utf-8")
    table = page[page.index("## Words that no text uses") :]
    rows = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    return tuple(word for row in rows[1:] for word in row.split("; "))


WORDS = _words()
BAD = re.compile(rf"\b(?:{'|'.join(re.escape(word) for word in WORDS)})\b", re.IGNORECASE)


def _of_rules() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "rules").glob("*/*.yaml")):
        parsed: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.parent.name == "catalog":
            yield from ((path.name, text) for text in _strings(parsed))
            continue
        for key in TEXTS_OF_A_RULE:
            yield path.name, parsed[key]


def _strings(value: Any) -> Iterator[str]:
    """The values of a table that are more than an identifier."""
    if isinstance(value, str) and " " in value:
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _of_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "reports").rglob("*.j2")):
        yield path.name, MARKUP.sub(" ", path.read_text(encoding="utf-8"))


def _of_code() -> Iterator[tuple[str, str]]:
    files = (file for room in ROOMS for file in (ROOT / "advisor" / room).rglob("*.py"))
    for path in sorted(files):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        comments = {
            id(statement.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            for statement in node.body
            if isinstance(statement, ast.Expr)
        }
        for node in ast.walk(tree):
            text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if text and id(node) not in comments:
                yield f"{path.name}:{node.lineno}", node.value


def _of_commands() -> Iterator[tuple[str, str]]:
    """The docstring of a command is its help."""
    for path in sorted((ROOT / "advisor" / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                yield f"{path.name}:{node.lineno}", ast.get_docstring(node) or ""


@pytest.mark.parametrize("texts", [_of_rules, _of_templates, _of_code, _of_commands])
def test_no_text_has_a_word_of_the_list(texts: Any) -> None:
    found = [
        f"{place}: {match[0]}: {text[max(match.start() - 40, 0) : match.end() + 30]!r}"
        for place, text in texts()
        for match in BAD.finditer(re.sub(r"\s+", " ", text))
    ]
    assert found == []


def test_the_list_is_read() -> None:
    assert {"rests on", "settled", "nobody", "can land on"} < set(WORDS)
    assert BAD.search("What it rests on.") is not None
