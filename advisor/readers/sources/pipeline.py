"""Commands of GitHub workflows (`run:`) and GitLab pipelines (`script:`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from advisor.findings.finding import Place
from advisor.jobs.word import Expansion
from advisor.readers.shell.command import Problem, Script, ShellCommand
from advisor.readers.shell.commands import read_text
from advisor.readers.shell.known import NOTHING, Known
from advisor.readers.shell.position import Positions
from advisor.readers.sources.ci_containers import ci_containers
from advisor.readers.yaml.documents import parse_documents
from advisor.yaml_text import compose_all

_KEYS = frozenset({"run", "script", "before_script", "after_script"})
_TOOLS = re.compile(r"docker|podman|nerdctl|runai")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_FIRST_PLACE = 0x100000
_MOST_PLACES = 0x1000
MOST_DEPTH = 40


def read_pipeline(text: str, file: str, known: Known = NOTHING) -> Script:
    """The commands of every step; each is a script of its own.

    Raises InputError for a text that is not YAML.
    """
    parse_documents(text, file)
    commands: list[ShellCommand] = []
    problems: list[Problem] = []
    lines = text.split("\n")
    for made in ci_containers(text, file):
        script = _read(made.text, file, made.line, made.column, known)
        commands += [
            replace(
                _at(command, script.commands[0].place), repairs=(made.told,) if made.told else ()
            )
            for command in script.commands[:1]
        ]
        problems += script.problems
    for node in (script_node for root in compose_all(text) for script_node in _scripts(root, 0)):
        if _TOOLS.search(node.value):
            script = _read_step(node, lines, file, known)
            commands += script.commands
            problems += script.problems
    return Script(commands=tuple(commands), problems=tuple(problems))


def _at(command: ShellCommand, place: Place) -> ShellCommand:
    """Made up from several places of the file: each word counts as where the container stands."""
    positions = tuple(place for _ in command.words)
    return replace(command, positions=positions, place=place, end_line=place.line)


def _scripts(node: Any, depth: int) -> Iterator[Any]:
    """The scalars that hold scripts, below a node of the YAML tree."""
    if depth > MOST_DEPTH:
        return
    if node.id == "mapping":
        for key, value in node.value:
            if key.value in _KEYS if key.id == "scalar" else False:
                yield from _scalars(value)
            else:
                yield from _scripts(value, depth + 1)
    elif node.id == "sequence":
        for value in node.value:
            yield from _scripts(value, depth + 1)


def _scalars(node: Any) -> Iterator[Any]:
    if node.id == "scalar":
        yield node
    elif node.id == "sequence":
        yield from (scalar for scalar in node.value if scalar.id == "scalar")


def _read_step(node: Any, lines: list[str], file: str, known: Known) -> Script:
    """A literal block is read from its own lines, so that columns are those of the file."""
    line = node.start_mark.line
    if node.style == "|":
        block = "\n".join(lines[line + 1 : node.end_mark.line])
        return _read(block, file, line + 2, 1, known)
    quote = 1 if node.style in ("'", '"') else 0
    return _read(node.value, file, line + 1, node.start_mark.column + 1 + quote, known)


def _read(text: str, file: str, line: int, column: int, known: Known) -> Script:
    places: dict[str, Expansion] = {}
    anchors = [(0, 0)]
    made: list[str] = []
    length = end = 0
    for match in _EXPRESSION.finditer(text):
        character = chr(_FIRST_PLACE + len(places) % _MOST_PLACES)
        places[character] = Expansion(source=match[0], kind="variable", quoted=True)
        made += [text[end : match.start()], character]
        length += match.start() - end + 1
        end = match.end()
        anchors += [(length - 1, match.start()), (length, end)]
    positions = Positions(text, file=file, line=line, column=column).of_made(anchors)
    return read_text("".join([*made, text[end:]]), positions, "bash", places, known)
