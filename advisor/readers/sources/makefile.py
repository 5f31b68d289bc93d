"""Commands in the recipes of a makefile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from advisor.findings.finding import Place
from advisor.jobs.word import Expansion, asked_for
from advisor.readers.shell.command import Positions, Problem, Script, ShellCommand
from advisor.readers.shell.commands import read_text
from advisor.readers.shell.quoted_end import reference_end
from advisor.readers.shell.variables import NOTHING, Known

MOST_DEPTH = 20
MOST_TEXT = 100_000
"""Variables in variables are followed so deep and to so much text, then left."""

_PREFIX = re.compile(r"[ \t]*[@+-][@+\- \t]*")
_VARIABLE = re.compile(r"[\w.-]+", re.ASCII)
_BETWEEN = re.compile(r"[#\t ]|(?:ifeq|ifneq|ifdef|ifndef|else|endif)\b")
"""Lines that do not end the recipe that they stand in."""
_FIRST_PLACE = 0x100000
_MOST_PLACES = 0x1000

_ASSIGNMENT = re.compile(
    r"[ \t]*(?P<eval>\$\(eval[ \t]+)?(?:(?:export|override|private)[ \t]+)*"
    r"(?P<name>[^\s:#=!?+$]+)[ \t]*(?P<sign>::?:?=|\?=|\+=|!=|=)[ \t]*(?P<value>.*)",
    re.DOTALL,
)
_TARGET = re.compile(r"[^\t#=][^#=]*?::?[ \t]*[^\s:#=!?+$]+[ \t]*(?:::?:?|\?|\+)?=")
_TARGET_NAME = re.compile(r":[ \t]*(?:export[ \t]+)?([^\s:#=!?+$]+)[ \t]*(?:::?:?|\?|\+)?=")
_CONDITION = re.compile(
    r"[ \t]*(?P<turn>else(?:[ \t]+(?=if)|[ \t]*(?:#.*)?\Z)|endif\b)?"
    r"(?:(?P<test>ifeq|ifneq|ifdef|ifndef)\b[ \t]*(?P<of>.*))?",
    re.DOTALL,
)
_COMPARED = re.compile(r"[(\"'](?P<one>.*?)(?:,|[\"'][ \t]*[\"'])(?P<other>[^,\"']*)[)\"']")
_DEFINE = re.compile(r"[ \t]*(define[ \t]+(\S+)|endef)\b")
_COMMENT = re.compile(r"(?<!\\)#.*", re.DOTALL)
_PARAMETER = re.compile(r"\$[({]?([1-9])[)}]?")


class _Line(NamedTuple):
    """A line with its continuation lines, where it starts in the file, and the rule it is of."""

    text: str
    offset: int
    recipe: bool
    rule: str = ""


def read_makefile(text: str, file: str, known: Known = NOTHING) -> Script:
    """The commands of each recipe line; make's own variables are put in where the file has them."""
    text = text.replace("\r\n", "\n")
    lines = list(_lines(text))
    variables = _MakeVariables(known.values)
    for line in lines:
        if not line.recipe:
            variables.read(re.sub(r"(?<![ \t])[ \t]*\\\n[ \t]*", " ", line.text))
    positions = Positions(text, file=file)
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    commands: list[ShellCommand] = []
    problems: list[Problem] = []
    for line in lines:
        if line.recipe and line.text.strip():
            script = _Recipe(line, variables, known).read(positions)
            commands.extend(_as_written(script.commands, line, starts))
            problems.extend(script.problems)
    given = {name: value for name, value in variables.taken.items() if "$" not in value}
    return Script(commands=tuple(commands), problems=tuple(problems), defaults=given)


def _as_written(
    commands: Sequence[ShellCommand], line: _Line, starts: Sequence[int]
) -> Iterator[ShellCommand]:
    """The commands with the file's own text, which is what their places are in."""

    def offset(place: Place) -> int:
        return starts[place.line - 1] + place.column - 1 - line.offset

    begins = sorted(offset(command.place) for command in commands)
    for command in commands:
        last = max(map(offset, command.positions), default=0)
        end = next((begin for begin in begins if begin > last), len(line.text))
        source = line.text[offset(command.place) : end if command.terminator else None]
        source = _closed(source).rstrip().removesuffix(command.terminator).rstrip()
        yield replace(command, source=source)


def _closed(text: str) -> str:
    """Up to the parenthesis that closes what the text stands in."""
    depth = 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return text[:at]
    return text


def _lines(text: str) -> Iterator[_Line]:
    within_rule, rule, defining = False, "", False
    for match in re.finditer(r"(?:\\\n|[^\n])*(?:\n|\Z)", text):
        # A backslash before an empty line joins nothing to the command.
        line = match[0].rstrip("\n").removesuffix("\\")
        define = _DEFINE.match(line)
        defining = (defining or define is not None) and not (define and define[1] == "endef")
        recipe = line.startswith("\t") and within_rule and not defining
        if line and not recipe and not defining and not _BETWEEN.match(line):
            within_rule = re.match(r"[^=]*:(?!:?:?=)", line) is not None
            rule = line if within_rule else ""
            if within_rule and (at := _recipe_start(line)):
                yield _Line(line[: at - 1], match.start(), recipe=False)
                yield _Line(line[at:], match.start() + at, True, line[: at - 1])
                continue
        yield _Line(line, match.start(), recipe, rule)


def _recipe_start(rule: str) -> int:
    """Where the recipe on the rule's own line begins, behind `;`; 0 where there is none."""
    at = rule.index(":")
    while at < len(rule):
        if rule[at] == "$":
            at = reference_end(rule, at)
            continue
        if rule[at] in "#=;":
            return at + 1 if rule[at] == ";" else 0
        at += 1
    return 0


class _Recipe:
    """One recipe line as the shell gets it, with anchors to where each part came from."""

    def __init__(self, line: _Line, variables: _MakeVariables, known: Known) -> None:
        self._line = line
        self._known = known
        self._variables = variables
        self._made: list[str] = []
        self._length = 0
        self._anchors: list[tuple[int, int]] = []
        self._places: dict[str, Expansion] = {}
        self._characters: dict[str, str] = {}

    def read(self, positions: Positions) -> Script:
        source = re.sub(r"(?<=\\\n)\t", " ", self._line.text)
        prefix = _PREFIX.match(source)
        at = prefix.end() if prefix else 0
        while at < len(source):
            dollar = source.find("$", at)
            end = len(source) if dollar < 0 else dollar
            self._add(source[at:end], at)
            at = end if dollar < 0 else reference_end(source, dollar)
            if dollar >= 0:
                self._add(self._expanded(source[dollar:at], 0), dollar)
        self._add("", at)
        made = positions.of_made(self._anchors)
        return read_text("".join(self._made), made, "bash", self._places, self._known)

    def _add(self, made: str, at: int) -> None:
        self._anchors.append((self._length, self._line.offset + at))
        self._made.append(made)
        self._length += len(made)

    def _expanded(self, reference: str, depth: int) -> str:
        """What make puts in for `$(NAME)`; a place of its own for what only make knows."""
        if reference in ("$$", "$()"):
            return "$" if reference == "$$" else ""
        name = reference[2:-1] if reference[1:2] in ("(", "{") else reference[1:]
        function, _, rest = name.partition(" ")
        value = self._called(function, rest.strip(), depth) if rest else None
        if value is None and name in ("PWD", "CURDIR"):
            value = self._known.directory.replace("$", "$$") or "$$PWD"
        elif value is None:
            value = self._variables.value(name) if _VARIABLE.fullmatch(name) else None
            value = _automatic(name, self._line.rule) if value is None else value
        if value is None or depth > MOST_DEPTH or self._length > MOST_TEXT:
            return self._place(reference, name)
        return self._filled(value, depth)

    def _filled(self, value: str, depth: int) -> str:
        """A text with what make puts in for its references."""
        made, at, size = [], 0, 0
        while (dollar := value.find("$", at)) >= 0 and size < MOST_TEXT:
            end = reference_end(value, dollar)
            made += [value[at:dollar], self._expanded(value[dollar:end], depth + 1)]
            size += len(made[-1])
            at = end
        return "".join([*made, value[at:]])

    def _called(self, function: str, arguments: str, depth: int) -> str | None:
        """What stands for a function of make that a shell knows as well, or of plain text."""
        if depth > MOST_DEPTH:
            return None
        if function == "call":
            name, *given = _arguments(arguments)
            return self._variables.called(name.strip(), given)
        if function == "shell":
            return f"$$({arguments})"
        if function in ("abspath", "realpath") and arguments == ".":
            return "$(CURDIR)"
        if function in ("notdir", "lastword") and _HERE.fullmatch(arguments):
            return '$$(basename "$$PWD")'
        if function not in _FUNCTIONS:
            return self._chosen(function, arguments, depth)
        number, change = _FUNCTIONS[function]
        parts = self._filled(arguments, depth + 1).split(",")
        plain = all(map(_LITERAL.fullmatch, parts))
        return change(*parts) if plain and len(parts) == number else None

    def _chosen(self, function: str, arguments: str, depth: int) -> str | None:
        """What `if` and `or` leave of their arguments, and what `foreach` makes of them."""
        parts = [argument.strip() for argument in _arguments(arguments)]
        if function == "if":
            given = self._given(parts[0], depth)
            chosen = parts[1:2] if given else parts[2:3]
            return None if given is None else chosen[0] if chosen else "$()"
        if function == "foreach" and len(parts) == 3:
            each = self._filled(parts[1], depth + 1)
            made = (re.sub(rf"\$[({{]{parts[0]}[)}}]", word, parts[2]) for word in each.split())
            return " ".join(made) or "$()" if _LITERAL.fullmatch(each) else None
        if function != "or" or not all(map(_ARGUMENT.fullmatch, parts)):
            return None
        return next((part for part in parts if self._variables.given(part)), "$()")

    def _given(self, text: str, depth: int) -> bool | None:
        """Whether a text of make says something; None where that is not known."""
        filled = text if _ARGUMENT.fullmatch(text) else self._filled(text, depth + 1)
        known = filled == text or _LITERAL.fullmatch(filled)
        return bool(self._variables.given(filled).strip()) if known else None

    def _place(self, reference: str, name: str) -> str:
        if reference not in self._characters:
            number = min(len(self._characters), _MOST_PLACES)
            character = chr(_FIRST_PLACE + number)
            self._characters[reference] = character
            made = Expansion(source=reference, kind="make", name=name)
            if not _VARIABLE.fullmatch(name):
                spelled = name.translate(_AUTOMATIC) if len(name) < 3 else name
                called = re.sub(r"\W+", "_", spelled).strip("_").upper()
                asked = asked_for(called or "MAKE", f"what make has for {reference}", empty=True)
                (made,) = asked.expansions
            self._places[character] = made
        return self._characters[reference]


_NAMES = ("TARGET_", "FIRST_SOURCE_", "SOURCES_", "NEWER_", "STEM_")
_AUTOMATIC = str.maketrans(dict(zip("@<^?*", _NAMES, strict=True)))


def _arguments(text: str) -> list[str]:
    """The arguments of a function, parted by commas outside of other references."""
    arguments, at = [""], 0
    while at < len(text):
        end = reference_end(text, at) if text[at] == "$" else at + 1
        if text[at] == ",":
            arguments.append("")
        else:
            arguments[-1] += text[at:end]
        at = end
    return arguments


def _filtered(patterns: str, text: str, *, kept: bool) -> str:
    """`filter` and `filter-out`; a `%` of a pattern is any text."""
    fits = [re.escape(pattern).replace("%", ".*", 1) for pattern in patterns.split()]
    words = (word for word in text.split() if any(re.fullmatch(p, word) for p in fits) == kept)
    return " ".join(words) or "$()"


_HERE = re.compile(r"\$[({](?:CURDIR|PWD|shell pwd|abspath \.|realpath \.)[)}]")
_ARGUMENT = re.compile(r"[\w./:@+= -]*|\$[({]\w+[)}]", re.ASCII)
_LITERAL = re.compile(r"[\w./:@+= -]*", re.ASCII)
_FUNCTIONS: dict[str, tuple[int, Callable[..., str]]] = {
    "strip": (1, lambda text: " ".join(text.split())),
    "notdir": (1, lambda text: text.rpartition("/")[2]),
    "basename": (1, lambda text: re.sub(r"\.[^./]*\Z", "", text)),
    "filter": (2, lambda patterns, text: _filtered(patterns, text, kept=True)),
    "filter-out": (2, lambda patterns, text: _filtered(patterns, text, kept=False)),
    "subst": (3, lambda old, new, text: text.replace(old, new)),
    "addprefix": (2, lambda start, text: " ".join(start + word for word in text.split())),
    "addsuffix": (2, lambda end, text: " ".join(word + end for word in text.split())),
}
"""By name, the number of arguments and what is made of them."""


def _automatic(name: str, rule: str) -> str | None:
    """`$@`, `$<` and `$^` where the rule's line tells them."""
    targets, _, needed = re.sub(r"\s*(?:#|;).*|\\\n", " ", rule).partition(":")
    words = {"@": targets.split(), "<": needed.split()[:1], "^": needed.split()}.get(name, [])
    plain = all(re.fullmatch(r"[\w./+-]+", word, re.ASCII) for word in words)
    return " ".join(words) if words and plain and (name == "^" or len(words) == 1) else None


class _MakeVariables:
    """The variables that a makefile gives one value; those `given` to make itself go before."""

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._given = given or {}
        self._values: dict[str, str] = {}
        self._unknown: set[str] = set()
        self._branches: list[str] = []
        """`taken`, `no`, `open` where that is not known, `over` once another was taken."""
        self._left_out: set[str] = set()
        self.taken: dict[str, str] = {}
        """What conditions were read with, where whoever calls make may say something else."""
        self._defines = ""
        """The name that a text of several lines is being given."""

    def value(self, name: str) -> str | None:
        """The text behind the sign, unexpanded; None when it is not known."""
        if name in self._given:
            return self._given[name].replace("$", "$$")
        left_out = "" if name in self._left_out else None
        return None if name in self._unknown else self._values.get(name, left_out)

    def given(self, text: str) -> str:
        """A text, or what a reference stands for: nothing where the file has no such variable."""
        reference = re.fullmatch(r"\$[({](\w+)[)}]", text)
        if reference is None:
            return text
        return self.value(reference[1]) or ("?" if reference[1] in self._unknown else "")

    def read(self, line: str) -> None:
        """Note what a line outside of recipes says; continuation lines are joined already."""
        condition = _CONDITION.fullmatch(line)
        define = _DEFINE.match(line)
        if condition and (condition["turn"] or condition["test"]):
            self._turn(condition)
        elif define:
            self._defines = define[2] or ""
            self._values[self._defines] = ""
        elif self._defines:
            self._values[self._defines] += re.sub(r"\A[ \t]*[@+-]*", "", line) + "\n"
        else:
            self._assign(line)

    def called(self, name: str, given: Sequence[str]) -> str | None:
        """What `call` makes of a variable with arguments; None for one that is not known."""
        text, words = self.value(name), dict(enumerate(given, start=1))
        return text and _PARAMETER.sub(lambda match: words.get(int(match[1]), ""), text)

    def _turn(self, condition: re.Match[str]) -> None:
        """Go into a branch, over to the other one, or out of both."""
        turn, test = condition["turn"] or "", condition["test"]
        before = self._branches.pop() if turn and self._branches else "no"
        if turn != "endif" and before != "no":
            self._branches.append("open" if before == "open" else "over")
        elif turn != "endif":
            holds = self._holds(test, condition["of"].strip()) if test else True
            self._branches.append({True: "taken", False: "no", None: "open"}[holds])

    def _holds(self, test: str, of: str) -> bool | None:
        """Whether a condition holds; None where the file does not say."""
        if test in ("ifdef", "ifndef"):
            if of in self._unknown:
                return None
            there = bool(self.value(of))
            self.taken.setdefault(of, self._values.get(of, ""))
            return there == (test == "ifdef")
        sides = _COMPARED.fullmatch(_COMMENT.sub("", of).strip())
        pair = (sides["one"], sides["other"]) if sides else ("$", "$")
        left, right = (self._plain(side.strip()) for side in pair)
        if left is None or right is None:
            return None
        return (left == right) == (test == "ifeq")

    def _plain(self, text: str) -> str | None:
        """A text with the values of its variables; None where one is not known."""
        for _ in range(MOST_DEPTH):
            match = re.search(r"\$[({](\w+)[)}]", text)
            if match is None:
                return None if "$" in text else text
            name = match[1]
            if name in self._unknown or name in ("PWD", "CURDIR", "HOME", "USER", "OS", "SHELL"):
                return None
            value = self.value(name) or ""
            self.taken.setdefault(name, value)
            text = text[: match.start()] + value + text[match.end() :]
        return None

    def _assign(self, line: str) -> None:
        form = _ASSIGNMENT.fullmatch(line)
        if form is None:
            target = _TARGET_NAME.search(line) if _TARGET.match(line) else None
            self._unknown.update({target[1]} if target else ())
            return
        name, sign = form["name"], form["sign"]
        value = _COMMENT.sub("", form["value"]).strip().removesuffix(")" if form["eval"] else "")
        if {"no", "over"} & {*self._branches}:
            self._left_out.add(name)
        elif "open" in self._branches or sign == "!=":
            self._unknown.add(name)
        elif sign == "+=":
            self._values[name] = f"{self._values.get(name, '')} {value}".strip()
        elif sign != "?=" or name not in self._values:
            self._values[name] = value
