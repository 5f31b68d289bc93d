"""Jobs that stand in another text: manifests, compose files and batch scripts inside a page or a
script, the files that a script submits, and the objects that kubectl makes of flags."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from advisor.files import is_foreign
from advisor.jobs.word import Word, joined
from advisor.readers.shell.command import Script, ShellCommand
from advisor.readers.sources.notebook import shown_cells

_FENCED = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<yaml>\{?\.?ya?ml\b)?[^\n]*\n"
    r"(?P<body>.*?)^[ \t]*(?P=fence)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_BEGINS = re.compile(
    r"\s*(?:#[^\n]*\n\s*|---\s+|version[ \t]*:[^\n]*\n\s*)*"
    r"(?:(?:apiVersion|kind)[ \t]*:|services[ \t]*:[ \t]*\n[ \t]+\S)"
)
"""How YAML begins that stands in the fence of another language."""
_DEVCONTAINER = re.compile(
    r"(?:[ \t]*(?:#|//)[^\n]*\n|\s)*(?P<object>\{(?=.*^[ \t]*\"(?:image|build|dockerFile)\"[ \t]*:)"
    r"(?=.*^[ \t]*\"(?:runArgs|features|customizations|extensions|remoteUser|workspaceFolder"
    r"|postCreateCommand)\"[ \t]*:).*)",
    re.MULTILINE | re.DOTALL,
)
"""A whole devcontainer.json, by the keys that it has to have and those that nothing else has."""
_HERE = re.compile(
    r"^[^#\n]*<<-?[ \t]*(?P<quote>['\"\\]?)(?P<word>\w+)['\"]?[^\n]*\n"
    r"(?P<body>.*?)^\t*(?P=word)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_BATCH = re.compile(r"^[ \t]*#(?:SBATCH|PBS|BSUB)[ \t]+-", re.MULTILINE)
_SHOWN = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*(?:ba|z|k)?(?:sh|slurm)?[ \t]*\n"
    r"(?P<body>.*?)^[ \t]*(?P=fence)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_SHELLS = frozenset({"sbatch", "qsub", "bsub", "ssh", "bash", "sh", "zsh"})
_SCRIPT_FILE = re.compile(r".*\.(?:sh|slurm|sbatch|bash|job)[\"']?")
_REDIRECTED = re.compile(r"(?P<sign>>>?)\|?\s*(?P<file>\S+)")
_STARTS_CONTAINER = re.compile(
    r"\b(?:docker|podman|nerdctl)\s+run\b|\brunai\s.*\bsubmit\b|\bsrun\b.*--container-image"
    r"|\b(?:apptainer|singularity)\s+(?:exec|run)\b"
)
_OBJECT = re.compile(r"^[ \t]*apiVersion[ \t]*:.*^[ \t]*kind[ \t]*:", re.MULTILINE | re.DOTALL)
_FIRST_FORMAT = re.compile(
    r"\s*(?:#[^\n]*\n\s*)*[\w.-]+:[ \t]*\n[ \t]+(?:image|build)[ \t]*:.*"
    r"^[ \t]+(?:links|volumes_from|container_name|net)[ \t]*:",
    re.MULTILINE | re.DOTALL,
)
"""A compose file of version 1, whose services stand at its top: compose says what to do."""
_UNIT = re.compile(r"^ExecStart[ \t]*=[^\n]*\b(?:docker|podman|nerdctl)[ \t]+run\b", re.MULTILINE)
_SERVICES = re.compile(r"^[ \t]*services[ \t]*:[ \t]*$", re.MULTILINE)


class Embedded(NamedTuple):
    """A text of its own, behind as many empty lines as stand before it in the file; `filled` says
    that a shell puts values into it."""

    text: str
    kind: Literal["manifest", "compose", "devcontainer", "python", "shell", "unit"]
    line: int
    filled: bool = False


def in_fences(text: str) -> Iterator[Embedded]:
    """The manifests, compose files, devcontainers, batch scripts and Python that a page shows. All
    manifests are one text: an object may name what another block has."""
    text = text.replace("\r\n", "\n")
    manifests = ""
    for match in _FENCED.finditer(text):
        body = match["body"]
        known = _BEGINS.match(body) or _FIRST_FORMAT.match(body) or _UNIT.search(body)
        if match["yaml"] or known:
            for piece in _embedded(match):
                if piece.kind != "manifest":
                    yield piece
                elif manifests:
                    body = piece.text[piece.line - 1 :]
                    gap = piece.line - 2 - manifests.count("\n")
                    manifests += "\n" * gap + "---\n" + body
                else:
                    manifests = piece.text
        elif (opened := _DEVCONTAINER.match(match["body"])) is not None:
            before = text.count("\n", 0, match.start("body") + opened.start("object"))
            yield Embedded("\n" * before + opened["object"], "devcontainer", before + 1)
    for match in _SHOWN.finditer(text):
        if _is_batch_script(match):
            yield _script(match)
    if manifests:
        first = manifests[: len(manifests) - len(manifests.lstrip("\n"))]
        yield Embedded(manifests, "manifest", len(first) + 1)
    if program := shown_cells(text):
        yield Embedded(program, "python", 1)


def without_batch_scripts(page: str) -> str:
    """The page with the batch scripts that it shows made blank."""

    def blank(match: re.Match[str]) -> str:
        return "\n" * match[0].count("\n") if _is_batch_script(match) else match[0]

    return _SHOWN.sub(blank, page.replace("\r\n", "\n"))


def _is_batch_script(shown: re.Match[str]) -> bool:
    """Whether a block is one itself, and does not only write one with a here-document."""
    lines = [line for line in shown["body"].splitlines() if line.strip()]
    head = itertools.takewhile(lambda line: line.lstrip().startswith("#"), lines)
    return _BATCH.search("\n".join(head)) is not None


def in_here_documents(text: str) -> Iterator[Embedded]:
    """The manifests and compose files that a script writes or gives to a program."""
    for match in _HERE.finditer(text.replace("\r\n", "\n")):
        for piece in _embedded(match):
            yield piece._replace(
                filled=not match["quote"] and re.search(r"[$`]", piece.text) is not None
            )


def with_values(piece: Embedded, values: Mapping[str, str]) -> tuple[Embedded, list[str]]:
    """The text with a script's values put in as a shell does, and what is left open of it: there a
    variable stays, as `$NAME` where it can."""
    left: list[str] = []

    def put(match: re.Match[str]) -> str:
        if match["escaped"]:
            return match["escaped"]
        name = match["bare"] or match["name"] or ""
        value = values.get(name) or match["default"]
        if not name or (value is None and name not in values):
            left.append(f"${{{name}}}" if name else match[0])
            follows = piece.text[match.end() : match.end() + 1]
            return f"${name}" if name and not re.match(r"\w", follows) else left[-1]
        return value or ""

    text = _FILLED_IN.sub(put, piece.text)
    return piece._replace(text=text), list(dict.fromkeys(left))


_FILLED_IN = re.compile(
    r"\\(?P<escaped>[$`\\])|\$(?P<bare>[A-Za-z_]\w*)"
    r"|\$\{(?P<name>[A-Za-z_]\w*)(?::?-(?P<default>[^${}]*))?\}|\$\([^)\n]*\)?|`[^`\n]*`?|\$\{[^}\n]*\}?",
    re.ASCII,
)


class GivenScript(NamedTuple):
    """The text of a script, with what is open in it, and the command that gets or writes it."""

    text: Word
    command: ShellCommand
    line: int


def given_scripts(commands: Iterable[ShellCommand]) -> Iterator[GivenScript]:
    """The scripts that commands write or give to a shell or scheduler: in here-documents, and line
    by line with `echo`. What a script only prints, its usage say, is none."""
    echoed: dict[str, GivenScript] = {}
    for command in commands:
        texts = [given.text for given in command.words[:3]]
        program = next((text for text in texts if text not in ("sudo", "exec")), "")
        to = [match for each in command.redirections if (match := _REDIRECTED.fullmatch(each))]
        if command.given is not None:
            text = command.given.text
            names = (*(match["file"] for match in to), *texts[1:])
            runs = text.startswith("#!") or program in _SHELLS
            runs = runs or any(map(_SCRIPT_FILE.fullmatch, names))
            if _BATCH.search(text) or (runs and _STARTS_CONTAINER.search(text)):
                yield GivenScript(command.given, command, command.end_line + 1)
        elif program in ("echo", "printf") and to:
            file, line = to[-1]["file"], _echoed(command)
            known = echoed.get(file)
            if known is None or to[-1]["sign"] == ">":
                echoed[file] = GivenScript(line, command, command.place.line)
            elif len(known.text.parts) < _MOST_ECHOED:
                echoed[file] = known._replace(text=joined((*known.text.parts, "\n", *line.parts)))
    for script in echoed.values():
        text = script.text.text
        if _BATCH.search(text) or (text.startswith("#!") and _STARTS_CONTAINER.search(text)):
            yield script


_MOST_ECHOED = 200
"""Open values in a script that is written line by line."""


def _echoed(command: ShellCommand) -> Word:
    """What `echo` or `printf` writes, without the last line end."""
    words = [given for given in command.words[1:] if not re.fullmatch(r"-[neE]+", given.text)]
    line = joined(part for given in words for part in (*given.parts, " "))
    return joined(
        part.replace("\\n", "\n") if isinstance(part, str) else part for part in line.parts
    )


def _script(match: re.Match[str]) -> Embedded:
    before = match.string.count("\n", 0, match.start("body"))
    return Embedded("\n" * before + match["body"], "shell", before + 1)


def _embedded(match: re.Match[str]) -> Iterator[Embedded]:
    body = re.sub(r"^\t+", "", match["body"], flags=re.MULTILINE)
    before = match.string.count("\n", 0, match.start("body"))
    if _OBJECT.search(body):
        yield Embedded("\n" * before + body, "manifest", before + 1)
    elif _SERVICES.search(body) or _FIRST_FORMAT.match(body):
        yield Embedded("\n" * before + body, "compose", before + 1)
    elif _UNIT.search(body):
        yield Embedded("\n" * before + body, "unit", before + 1)


Body = dict[str, Any]
_SUBMITS = re.compile(r"(?:kubectl|oc) (?:\S+ )*?(?:apply|create|replace) |runai workload submit ")
_MAKES = re.compile(
    r"(?:kubectl|oc) (?:-\S+ (?:[^-]\S* )?)*?(run|create (?:job|deployment|cronjob)) "
)
_FILE = ("-f", "--filename", "--file")
_SWITCHES = frozenset(
    {"-i", "-t", "-it", "-ti", "--stdin", "--tty", "--rm", "--command", "--privileged", "--quiet"}
    | {"-q", "--attach", "--expose", "--leave-stdin-open"}
)
_PLURAL = ("--env", "-e")


class Submitted(NamedTuple):
    """A command, and what it submits: a file, or an object's text on the command's own line. A
    `foreign` file is not to be opened."""

    command: ShellCommand
    file: str = ""
    text: str = ""
    foreign: bool = False


def submitted(script: Script, folder: str | None, top: str) -> Iterator[Submitted]:
    """What the commands of a script submit, as far as it is there; no file without a folder.
    What is outside of `top` is foreign."""
    for command in script.commands:
        words = [word.text for word in command.words]
        spoken = " ".join(words)
        made = _MAKES.match(spoken)
        if made is None and _SUBMITS.match(spoken):
            for name in _files(words) if folder is not None else ():
                path = os.path.normpath(os.path.join(folder or "", name))
                if os.path.isfile(path):
                    foreign = is_foreign(name, folder or "", top)
                    yield Submitted(command, file=path, foreign=foreign)
        elif made is not None and (body := _object(made[1], words)):
            lines = "\n" * (command.place.line - 1)
            yield Submitted(command, text=lines + json.dumps(body))


def _files(words: Sequence[str]) -> Iterator[str]:
    for before, word in zip(["", *words], words, strict=False):
        name, equals, value = word.partition("=")
        if before in _FILE:
            yield from word.split(",")
        elif equals and name in _FILE:
            yield from value.split(",")


def _object(verb: str, words: Sequence[str]) -> Body | None:
    """The object that kubectl makes; None where the flags take it from elsewhere."""
    start = words.index(verb.split()[-1]) + 1
    end = words.index("--") if "--" in words else len(words)
    given: dict[str, list[str]] = {}
    names: list[str] = []
    rest = list(words[start:end])
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            names.append(word)
        elif name in _SWITCHES:
            given[name] = [value or "true"]
        elif equals or rest:
            given.setdefault(name, []).append(value if equals else rest.pop(0))
    if "--image" not in given or not names:
        return None
    return _KINDS[verb.rpartition(" ")[2]](names[0], given, list(words[end + 1 :]))


def _container(name: str, given: dict[str, list[str]], words: list[str], *, is_args: bool) -> Body:
    """The container of flags that all verbs have."""
    pairs = [entry.partition("=")[::2] for flag in _PLURAL for entry in given.get(flag, ())]
    limits = dict(
        entry.partition("=")[::2] for text in given.get("--limits", ()) for entry in text.split(",")
    )
    requests = dict(
        entry.partition("=")[::2]
        for text in given.get("--requests", ())
        for entry in text.split(",")
    )
    parts: Body = {
        "image": given["--image"][-1],
        "args" if is_args else "command": words,
        "env": [{"name": key, "value": value} for key, value in pairs],
        "ports": [
            {"containerPort": int(port)} for port in given.get("--port", ()) if port.isdecimal()
        ],
        "resources": {
            key: amounts for key, amounts in (("limits", limits), ("requests", requests)) if amounts
        },
        "imagePullPolicy": given.get("--image-pull-policy", [""])[-1],
        "stdin": any(flag in given for flag in ("-i", "-it", "-ti", "--stdin")),
        "tty": any(flag in given for flag in ("-t", "-it", "-ti", "--tty")),
        "securityContext": {"privileged": True} if "--privileged" in given else {},
    }
    return {"name": name, **{key: value for key, value in parts.items() if value}}


def _run(name: str, given: dict[str, list[str]], words: list[str]) -> Body | None:
    is_args = "--command" not in given
    spec: Body = {
        "restartPolicy": given.get("--restart", ["Always"])[-1],
        "containers": [_container(name, given, words, is_args=is_args)],
    }
    pod: Body = {"apiVersion": "v1", "kind": "Pod", "metadata": _named(name, given), "spec": spec}
    for text in given.get("--overrides", ()):
        try:
            over = json.loads(text)
        except ValueError:
            return None
        pod = _over(pod, over) if isinstance(over, dict) else pod
    return pod


def _job(name: str, given: dict[str, list[str]], words: list[str]) -> Body:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _named(name, given),
        "spec": {"template": _template(name, given, words, restart="Never")},
    }


def _cronjob(name: str, given: dict[str, list[str]], words: list[str]) -> Body:
    template = _template(name, given, words, restart=given.get("--restart", ["OnFailure"])[-1])
    schedule = given.get("--schedule", [""])[-1]
    spec = {"schedule": schedule, "jobTemplate": {"spec": {"template": template}}}
    head = {"apiVersion": "batch/v1", "kind": "CronJob"}
    return {**head, "metadata": _named(name, given), "spec": spec}


def _deployment(name: str, given: dict[str, list[str]], words: list[str]) -> Body:
    count = given.get("--replicas", given.get("-r", ["1"]))[-1]
    labels = {"app": name}
    template = _template(name, given, words)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _named(name, given),
        "spec": {
            "replicas": _number(count),
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, **template},
        },
    }


def _template(
    name: str, given: dict[str, list[str]], words: list[str], *, restart: str = ""
) -> Body:
    policy = {"restartPolicy": restart} if restart else {}
    return {"spec": {**policy, "containers": [_container(name, given, words, is_args=False)]}}


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _named(name: str, given: dict[str, list[str]]) -> Body:
    namespace = given.get("-n", given.get("--namespace", []))[-1:]
    return {"name": name, **({"namespace": namespace[0]} if namespace else {})}


def _over(below: Any, above: Any) -> Any:
    """`above` laid over `below` as by `--overrides`: maps key by key, all else is replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}
    return above


_KINDS = {"run": _run, "job": _job, "cronjob": _cronjob, "deployment": _deployment}
