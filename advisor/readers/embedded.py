"""Manifests, compose files and batch scripts inside a page of markdown or a script."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

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
_GIVEN_TO_SHELL = re.compile(
    r"\b(?:sbatch|qsub|bsub|ssh|bash|sh|zsh)\b[^|\n]*<<|>[^|\n]*\.(?:sh|slurm)\b"
)
_STARTS_CONTAINER = re.compile(
    r"\b(?:docker|podman|nerdctl)\s+run\b|\brunai\s.*\bsubmit\b|\bsrun\b.*--container-image"
    r"|\b(?:apptainer|singularity)\s+(?:exec|run)\b"
)
_OBJECT = re.compile(r"^[ \t]*apiVersion[ \t]*:.*^[ \t]*kind[ \t]*:", re.MULTILINE | re.DOTALL)
_SERVICES = re.compile(r"^[ \t]*services[ \t]*:[ \t]*$", re.MULTILINE)


class Embedded(NamedTuple):
    """A text of its own, behind as many empty lines as stand before it in the file; `filled` says
    that a shell puts values into it."""

    text: str
    kind: Literal["manifest", "compose", "shell"]
    line: int
    filled: bool = False


def in_fences(text: str) -> Iterator[Embedded]:
    """The manifests, compose files and batch scripts that a page shows."""
    for match in _FENCED.finditer(text.replace("\r\n", "\n")):
        if match["yaml"] or _BEGINS.match(match["body"]):
            yield from _embedded(match)
    for match in _SHOWN.finditer(text.replace("\r\n", "\n")):
        if _is_batch_script(match):
            yield _script(match)


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
    """The manifests, compose files and scripts that a script writes or gives to a program. What a
    script only prints, its usage say, is none."""
    for match in _HERE.finditer(text.replace("\r\n", "\n")):
        first, body = match[0].partition("\n")[0], match["body"]
        runs = body.startswith("#!") or _GIVEN_TO_SHELL.search(first)
        pieces = [*_embedded(match)]
        if _BATCH.search(body) or (runs and _STARTS_CONTAINER.search(body)):
            pieces.append(_script(match))
        for piece in pieces:
            yield piece._replace(
                filled=not match["quote"] and re.search(r"[$`]", piece.text) is not None
            )


def with_values(piece: Embedded, values: Mapping[str, str]) -> tuple[Embedded, list[str]]:
    """The text with a script's values put in as a shell does, and what is left open of it."""
    left: list[str] = []

    def put(match: re.Match[str]) -> str:
        if match["escaped"]:
            return match["escaped"]
        name = match["bare"] or match["name"] or ""
        value = values.get(name) or match["default"]
        if piece.kind == "shell" and value is None:
            return match[0]  # the script is read with what its own shell knows
        if not name or (value is None and name not in values):
            left.append(match[0])
        return value or ""

    text = _FILLED_IN.sub(put, piece.text)
    return piece._replace(text=text), list(dict.fromkeys(left))


_FILLED_IN = re.compile(
    r"\\(?P<escaped>[$`\\])|\$(?P<bare>[A-Za-z_]\w*)"
    r"|\$\{(?P<name>[A-Za-z_]\w*)(?::?-(?P<default>[^${}]*))?\}|\$\([^)\n]*\)?|`[^`\n]*`?|\$\{[^}\n]*\}?",
    re.ASCII,
)


def _script(match: re.Match[str]) -> Embedded:
    before = match.string.count("\n", 0, match.start("body"))
    return Embedded("\n" * before + match["body"], "shell", before + 1)


def _embedded(match: re.Match[str]) -> Iterator[Embedded]:
    body = re.sub(r"^\t+", "", match["body"], flags=re.MULTILINE)
    before = match.string.count("\n", 0, match.start("body"))
    if _OBJECT.search(body):
        yield Embedded("\n" * before + body, "manifest", before + 1)
    elif _SERVICES.search(body):
        yield Embedded("\n" * before + body, "compose", before + 1)
