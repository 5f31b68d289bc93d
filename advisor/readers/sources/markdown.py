"""Commands in the code blocks of markdown, reStructuredText and HTML, and in terminal sessions:
the lines somebody typed, without the prompts and the output."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from advisor.readers.shell.command import Dialect, Positions, Problem, Script, ShellCommand
from advisor.readers.shell.commands import FENCES, read_text
from advisor.readers.shell.variables import NOTHING, Known

_DOLLAR = re.compile(
    r"[ \t]*(?:\([\w.-]+\)[ \t]*)?"
    r"(?:\[?[\w.-]+@[\w.-]+[^$#%\n]{0,80}[$#%]|\$|%|❯|➜[ \t]+\S+)[ \t]+(?=\S)"
)
_WINDOWS = re.compile(r"[ \t]*(?:PS[ \t]+)?[A-Za-z]:\\[^>\n]{0,200}>[ \t]*(?=\S)|[ \t]*PS>[ \t]*")
_ROOT = re.compile(
    r"[ \t]*#[ \t]+(?=(?:sudo[ \t]+)?(?:nvidia-)?(?:docker|podman|nerdctl|runai)[ \t])"
)
_SECOND = re.compile(r"[ \t]*>[ \t]+")
_CONTINUED = re.compile(r"(?:\\|[ \t]\^|[ \t]`)[ \t]*$")


def without_prompts(lines: Sequence[str], *, comments: bool = False) -> list[str]:
    """The lines with prompts made blank, and with the output once there is a prompt.

    `comments`: a `#` is no prompt.
    """
    prompts = [_prompt(line, comments) for line in lines]
    if not any(prompts):
        return list(lines)
    typed: list[str] = []
    continued = False
    for line, prompt in zip(lines, prompts, strict=True):
        mark = prompt or (_SECOND.match(line) if continued else None)
        if prompt or continued:
            end = mark.end() if mark else 0
            typed.append(" " * end + line[end:])
            continued = _CONTINUED.search(line) is not None
        else:
            typed.append("")
    return typed


def _prompt(line: str, comments: bool) -> re.Match[str] | None:
    root = None if comments else _ROOT.match(line)
    return _DOLLAR.match(line) or _WINDOWS.match(line) or root


_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$")
_DIRECTIVE = re.compile(
    r"(?P<indent>[ \t]*)(?:\.\. (?:code-block|code|sourcecode|prompt|parsed-literal)::[ \t]*"
    r"(?P<language>[\w-]*)[^\n]*|(?!\.\.)\S.*::)$"
)
"""What begins an indented block in reStructuredText."""
_INDENTED = re.compile(r"(?: {0,3}\t| {4})")
_SHELLS = frozenset({"", "bash", "cli", "console", "ksh", "none", "plaintext", "sh", "shell"}) | {
    "shell-session",
    "shellsession",
    "sh-session",
    "terminal",
    "text",
    "txt",
    "zsh",
}
_SCRIPTS = frozenset({"bash", "ksh", "sh", "zsh"})
"""Where `#` begins a comment and is not root's prompt."""


class _Block(NamedTuple):
    """A code block: its lines from the line number on, what is not code made blank."""

    line: int
    language: str
    lines: list[str]


def read_markdown(text: str, file: str, known: Known = NOTHING) -> Script:
    """The commands of fenced and indented code, typed one block after the other into one shell;
    output below prompts is left alone."""
    commands: list[ShellCommand] = []
    problems: list[Problem] = []
    text = text.replace("\r\n", "\n")
    page = file.lower().endswith((".html", ".htm"))
    found = [*_preformatted(text)]
    carried: dict[str, str] = {}
    shown = () if page else _blocks(_without(text, found).split("\n"))
    for block in sorted((*shown, *_of_html(text, found)), key=lambda block: block.line):
        dialect: Dialect | None = FENCES.get(block.language)
        if dialect is None and block.language in _SCRIPTS:
            dialect = "bash"
        lines = without_prompts(block.lines, comments=block.language in _SCRIPTS)
        code = "\n".join(lines)
        positions = Positions(code, file=file, line=block.line)
        before = {
            name: value
            for name, value in carried.items()
            if not re.search(rf"(?<![\w$]){name}=", code)
        }
        own = known._replace(values={**before, **known.values})
        script = read_text(code, positions, dialect, known=own)
        commands.extend(script.commands)
        problems.extend(script.problems)
        carried |= {name: value for name, value in script.values.items() if value}
    return Script(commands=tuple(commands), problems=tuple(problems))


_OPENING = re.compile(r"<(?P<tag>pre|code)\b[^<>]*>", re.IGNORECASE)
_CLOSINGS = {tag: re.compile(f"</{tag}", re.IGNORECASE) for tag in ("pre", "code")}
_TAG = re.compile(r"<(?P<name>/?[A-Za-z][\w-]*)[^<>]*>")
_LANGUAGE = re.compile(r"(?:language|lang|highlight|highlight-source)-(\w+)")
_JOB = re.compile(
    r"\s*(?:[$#]\s+)?(?:sudo\s+)?(?:(?:nvidia-docker|docker|podman)\s+run|runai\s.*\bsubmit)\s"
)


_TYPED = re.compile(
    r"(?P<mark>[ \t>-]{0,4}(?:\d+\.[ \t]+)?[*_`]{0,3}(?:[$#][ \t]+)?)(?:sudo[ \t]+)?"
    r"(?:(?:nvidia-docker|docker|podman)[ \t]+run[ \t]+-|runai[ \t]+(?:\w+[ \t]+){0,2}submit[ \t])"
    r"[^`]*[^`*_.:!?\s](?P<end>[*_`]{0,3}\s*)\Z"
)
"""A line of the text itself that is a command, and no sentence about one."""


class _Preformatted(NamedTuple):
    """Code between two tags: which they are, how the first is written, where the code stands."""

    tag: str
    opening: str
    start: int
    end: int


def _preformatted(text: str) -> Iterator[_Preformatted]:
    """What stands in `<pre>` and `<code>`, the outermost of them."""
    unclosed: set[str] = set()
    at = 0
    while match := _OPENING.search(text, at):
        tag, at = match["tag"].lower(), match.end()
        closing = None if tag in unclosed else _CLOSINGS[tag].search(text, at)
        if closing is None:
            unclosed.add(tag)
            continue
        yield _Preformatted(tag, match[0], at, closing.start())
        at = closing.start()


def _without(text: str, found: Sequence[_Preformatted]) -> str:
    """A page of markdown with the code of HTML blank, which is read as that, but for what stands in
    one line or holds fences."""
    pieces: list[str] = []
    at = 0
    for each in found:
        code = text[each.start : each.end]
        is_blank = "\n" in code and "```" not in code
        pieces += [text[at : each.start], "\n" * code.count("\n") if is_blank else code]
        at = each.end
    return "".join([*pieces, text[at:]])


def _of_html(text: str, found: Sequence[_Preformatted]) -> Iterator[_Block]:
    """What `<pre>` shows, and commands in a `<code>` of their own."""
    line, at = 1, 0
    for each in found:
        line, at = line + text.count("\n", at, each.start), each.start
        code = text[each.start : each.end]
        broken = "\n" not in code and re.search(r"<br", code, re.IGNORECASE) is not None

        def plain(tag: re.Match[str], broken: bool = broken) -> str:
            is_break = broken and tag["name"].lower() == "br"
            return "\n" if is_break else "\n" * tag[0].count("\n")

        lines = html.unescape(_TAG.sub(plain, code)).replace("\xa0", " ").split("\n")
        language = _LANGUAGE.search(each.opening + code[:200])
        if each.tag == "pre" or _JOB.match(lines[0]):
            yield _Block(line, language[1].lower() if language else "", lines)


def _blocks(lines: list[str]) -> Iterator[_Block]:
    number = 0
    blank_before = True
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        if fence:
            end = _fence_end(lines, number, fence["fence"])
            # `bash` of `bash`, `{.bash .numberLines}`, `bash title="x"`, `language-bash`.
            words = re.split(
                r"[\s{},:=]+", fence["info"].strip().lstrip("{").lower().removeprefix("language-")
            )
            language = words[0].lstrip(".") if words else ""
            if language in _SHELLS or language in FENCES:
                body = [_without_quote_mark(line) for line in lines[number + 1 : end]]
                yield _Block(number + 2, language, body)
            number = end + 1
        elif directive := _DIRECTIVE.match(lines[number]):
            end = _deeper_end(lines, number, len(directive["indent"]))
            language = (directive["language"] or "").lower()
            if language in _SHELLS or language in FENCES:
                yield _Block(number + 2, language, lines[number + 1 : end])
            number = end
        elif blank_before and _INDENTED.match(lines[number]):
            end = _indented_end(lines, number)
            yield _Block(number + 1, "", lines[number:end])
            number = end
        elif typed := _TYPED.match(lines[number]):
            end = number + 1
            while end < len(lines) and lines[end - 1].rstrip().endswith("\\"):
                end += 1
            first = " " * len(typed["mark"]) + lines[number][typed.end("mark") : typed.start("end")]
            yield _Block(number + 1, "", [first, *lines[number + 1 : end]])
            number = end
        else:
            blank_before = not lines[number].strip()
            number += 1


def _fence_end(lines: list[str], start: int, fence: str) -> int:
    """The line that closes a fence; the end of the file when none does."""
    closing = re.compile(rf"[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    for number in range(start + 1, len(lines)):
        if closing.match(lines[number]):
            return number
    return len(lines)


def _deeper_end(lines: list[str], start: int, indent: int) -> int:
    """The line behind a block that is indented by more than the line in front of it."""
    end = start + 1
    while end < len(lines) and (
        not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent
    ):
        end += 1
    return end


def _indented_end(lines: list[str], start: int) -> int:
    end = start
    while end < len(lines) and (_INDENTED.match(lines[end]) or not lines[end].strip()):
        if _FENCE.match(lines[end]):
            break
        end += 1
    return max(end, start + 1)


def _without_quote_mark(line: str) -> str:
    mark = re.match(r"(?:[ \t]*>[ \t]?)+", line)
    if mark is None or not line.lstrip().startswith(">"):
        return line
    return " " * mark.end() + line[mark.end() :]
