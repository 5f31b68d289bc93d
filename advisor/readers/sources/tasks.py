"""Tasks of VS Code (`.vscode/tasks.json`, JSON with comments and trailing commas), recipes of a
justfile and what a unit of systemd starts, as commands."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from advisor.errors import InputError
from advisor.readers.shell.command import Problem, Script, ShellCommand
from advisor.readers.shell.commands import read_script
from advisor.readers.shell.variables import NOTHING, Known

_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_TRAILING = re.compile(r'"(?:\\.|[^"\\\n])*"|,(?=\s*[\]}])', re.DOTALL)


def without_comments(text: str) -> str:
    """Plain JSON of the same length, so that offsets stay what they were."""
    bare = _TOKEN.sub(_blanked, text)
    return _TRAILING.sub(lambda match: " " if match[0] == "," else match[0], bare)


def _blanked(match: re.Match[str]) -> str:
    text = match[0]
    return text if text.startswith('"') else re.sub(r"[^\n]", " ", text)


_FOLDER = re.compile(r"\$\{(?:workspaceFolder|workspaceRoot|fileWorkspaceFolder|cwd)(?::[^}]*)?\}")
_OF_EDITOR = re.compile(r"\$\{(?:\w+:)?([\w.-]+)\}", re.ASCII)


def read_tasks(text: str, file: str, known: Known = NOTHING) -> Script:
    """The commands of every task. Raises InputError for a text that is not JSON with comments."""
    try:
        document = json.loads(without_comments(text))
    except ValueError as error:
        raise InputError(f"not JSON: {error}", where=file, remedy="mend it") from None
    commands: list[ShellCommand] = []
    problems: list[Problem] = []
    at = 0
    for task in document.get("tasks", ()) if isinstance(document, dict) else ():
        for written, made in _commands(task) if isinstance(task, dict) else ():
            at = max(text.find(json.dumps(written), at), at)
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at) + 1
            script = read_script(made, file=file, line=line, column=column, known=known)
            commands += script.commands
            problems += script.problems
    return Script(commands=tuple(commands), problems=tuple(problems))


def _commands(task: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is written, and the text that a shell gets."""
    command, run = task.get("command"), task.get("dockerRun")
    if isinstance(command, str):
        words = [_argument(argument) for argument in task.get("args") or ()]
        yield command, _settled(" ".join([command, *words]))
    if isinstance(run, dict) and isinstance(run.get("image"), str):
        yield run["image"], _settled(_docker_run({"command": _program(task), **run}))


def _program(task: dict[str, Any]) -> str:
    """What the editor has the container of a `docker-run` task start."""
    stated = task.get("python")
    stated = stated if isinstance(stated, dict) else {}
    named = stated.get("file") or (f"-m {stated['module']}" if stated.get("module") else "")
    words = [f"python3 {named}", *(_argument(argument) for argument in stated.get("args") or ())]
    return " ".join(words) if named else ""


def _argument(stated: Any) -> str:
    text = str(stated.get("value", "")) if isinstance(stated, dict) else str(stated)
    return text if re.fullmatch(r"[\w@%+=:,./${}-]+", text) else shlex.quote(text)


def _docker_run(run: dict[str, Any]) -> str:
    words = ["docker run", str(run.get("customOptions") or "")]
    words += ["--name", str(run["containerName"])] if run.get("containerName") else []
    for volume in run.get("volumes") or ():
        words += ["-v", f'"{volume.get("localPath", "")}:{volume.get("containerPath", "")}"']
    for name, value in (run.get("env") or {}).items():
        words += ["-e", f'"{name}={value}"']
    for port in run.get("ports") or ():
        words += ["-p", f"{port.get('hostPort', '')}:{port.get('containerPort', '')}".lstrip(":")]
    return " ".join(filter(None, [*words, run["image"], str(run.get("command") or "")]))


def _settled(text: str) -> str:
    """The editor's variables as the shell's."""

    def named(match: re.Match[str]) -> str:
        return "${" + re.sub(r"\W", "_", match[1]) + "}"

    return _OF_EDITOR.sub(named, _FOLDER.sub("$PWD", text))


_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][\w-]*)\s*:=\s*(.*?)\s*$", re.ASCII)
_PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_TEXT = r"(?:'[^']*'|\"[^\"]*\")"
_DEFAULT = re.compile(
    rf"(?:env(?:_var_or_default)?\(\s*[\"'](?P<name>\w+)[\"']\s*,\s*)?(?P<text>{_TEXT})(?(name)\s*\))"
)
"""A text, or what the environment may say in its place."""
_PIECE = re.compile(rf"\s*(?:(?P<text>{_TEXT})|`(?P<command>[^`]*)`|(?P<name>[A-Za-z_][\w-]*))\s*")
"""Of a value that is put together with `+` or `/`."""
_RECIPE = re.compile(
    r"@?[A-Za-z_][\w-]*(?P<parameters>(?:\s+[^:=]\S*?(?:=(?:'[^']*'|\"[^\"]*\"|\S*?))?)*)\s*:(?!=)"
)
_PARAMETER = re.compile(
    rf"(?P<many>[*+])?\$?(?P<name>[A-Za-z_][\w-]*)(?:=(?P<text>{_TEXT}|[\w./-]+))?"
)
_FOLDERS = frozenset({"justfile_directory()", "invocation_directory()"})
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_MARKS = re.compile(r"^(\s+)[@-]+")


def read_justfile(text: str, file: str, known: Known = NOTHING) -> Script:
    """The lines of all recipes, each in its own place."""
    values: dict[str, str] = {}
    defaults: dict[str, str] = {}
    own: dict[str, str] = {}
    body: list[str] = []

    def filled(match: re.Match[str]) -> str:
        name = match[1]
        if name in own or name in values:
            return own[name] if name in own else values[name]
        if _NAME.fullmatch(name):
            return "${" + name.replace("-", "_") + "}"
        return "$PWD" if name in _FOLDERS else f"$({name})"

    for line in text.split("\n"):
        if match := _ASSIGNMENT.match(line):
            stated = _DEFAULT.fullmatch(match[2])
            name = stated["name"] if stated else None
            if stated:
                values[match[1]] = known.values.get(name or "", stated["text"][1:-1])
            elif made := _joined(match[2], values):
                values[match[1]] = made
            if name:
                defaults[name] = values[match[1]]
    for line in text.split("\n"):
        if line[:1] in (" ", "\t"):
            body.append(_PLACE.sub(filled, _MARKS.sub(r"\1", line)))
            continue
        body.append("")
        if recipe := _RECIPE.match(line):
            own = _parameters(recipe["parameters"], known)
            defaults.update({name: value for name, value in own.items() if value})
    script = read_script("\n".join(body), file=file, dialect="bash", known=known)
    return replace(script, defaults={**script.defaults, **defaults})


def _joined(text: str, values: dict[str, str]) -> str:
    """A value of several pieces, its commands left to the shell; empty where one is not known."""
    made: list[str] = []
    at = 0
    while match := _PIECE.match(text, at):
        name, command = match["name"], match["command"]
        if name and name not in values:
            return ""
        plain = values[name] if name else (match["text"] or "")[1:-1]
        made.append(plain if command is None else f"$({command})")
        at = match.end()
        if at < len(text):
            made += ["/"] if text[at] == "/" else []
            at += 1 if text[at] in "+/" else len(text)
    return "".join(made) if at == len(text) else ""


def _parameters(text: str, known: Known) -> dict[str, str]:
    """What a recipe takes for its parameters where nothing is given; a `*` one is empty then."""
    return {
        match["name"]: known.values.get(match["name"], (match["text"] or "").strip("'\""))
        for match in _PARAMETER.finditer(text)
        if match["text"] or match["many"] == "*" or match["name"] in known.values
    }


_STARTS = re.compile(r"ExecStart[ \t]*=[ \t]*[-@:+!|]*")
_SET = re.compile(r"Environment[ \t]*=[ \t]*(.*)")
_SPECIFIER = re.compile(r"%(.)")
_OF_UNIT = {"%": "%", "h": "$HOME", "u": "$USER", "t": "/run"}


def read_unit(text: str, file: str, known: Known = NOTHING) -> Script:
    """What a unit of systemd starts, with the variables that it sets; `%i` and others of its own
    are left to be given."""

    def specified(match: re.Match[str]) -> str:
        return _OF_UNIT.get(match[1], f"${{UNIT_{match[1]}}}")

    body: list[str] = []
    continued = False
    for line in text.split("\n"):
        start, assigned = _STARTS.match(line), _SET.match(line)
        if continued or start:
            blanked = " " * start.end() + line[start.end() :] if start else line
            body.append(_SPECIFIER.sub(specified, blanked))
            continued = line.endswith("\\")
        else:
            pairs = shlex.split(assigned[1]) if assigned and assigned[1].count('"') % 2 == 0 else []
            shown = (f"{n}={shlex.quote(v)}" for n, _, v in (pair.partition("=") for pair in pairs))
            body.append(" ".join(shown))
    return read_script("\n".join(body), file=file, dialect="bash", known=known)
