"""What a script is known to have assigned, position by position, and what the user says that only
the shell would know: `--set` and `--cwd`."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from advisor.jobs.word import Expansion, Word, asked_for, joined, setting_name, word

_HERE = re.compile(
    r"\$(?:PWD|\{PWD\}|\(\s*pwd(?:\s+-[LP])?\s*\)|\(CURDIR\)|\(PWD\)|\(shell\s+pwd\s*\))"
    r"|`\s*pwd\s*`|%CD%|~\+",
    re.IGNORECASE,
)


class Known(NamedTuple):
    """`values` by the name that messages give for `--set`; `directory` is where one stands.

    `sourced` gives the text of a file by its path from the script's folder, None where there is
    none that may be read. `script` is that file's own path; empty for a text that is none.
    """

    values: Mapping[str, str] = {}
    directory: str = ""
    script: str = ""
    sourced: Callable[[str], str | None] | None = None

    def value(self, expansion: Expansion) -> str | None:
        """What the expansion stands for; None when nobody said so."""
        if self.directory and _HERE.fullmatch(expansion.source):
            return self.directory
        return self.values.get(setting_name(expansion))

    def settled(self, word: Word) -> Word:
        """The word with all that is known put in, and never split."""
        if not any(isinstance(part, Expansion) for part in word.parts):
            return word
        values = ((part, self._part(part)) for part in word.parts)
        return joined(part if value is None else value for part, value in values)

    def _part(self, part: str | Expansion) -> str | None:
        return self.value(part) if isinstance(part, Expansion) else None

    @property
    def arguments(self) -> dict[str, tuple[str, ...] | str]:
        """The script's own: `1`, `2`, ... as they were given, and all of them as `@`."""
        whole = self.values.get("@", self.values.get("*"))
        words = () if whole is None else tuple(shlex.split(whole))
        given: dict[str, tuple[str, ...] | str] = {
            str(number): text for number, text in enumerate(words, 1)
        }
        given |= {name: text for name, text in self.values.items() if name.isdecimal()}
        if not words:
            words = tuple(self._from_first())
        return {**given, "@": words} if words or whole is not None else given

    def _from_first(self) -> list[str]:
        """`$1`, `$2`, ... up to the first that nobody gave."""
        texts: list[str] = []
        while (text := self.values.get(str(len(texts) + 1))) is not None:
            texts.append(text)
        return texts


NOTHING = Known()


Value = Word | tuple[Word, ...] | None
"""A scalar, an array, or None: assigned in the script, but not to anything known."""


class _Unset(tuple[Word, ...]):
    """Assigned for an option of the script only, so not where it is started alone."""


UNSET = _Unset()


class OneOf(tuple[Word, ...]):
    """What branches of the script give, where only a run tells which is taken."""


POSITIONAL = ("@", *"123456789")
"""The script's own arguments; a function has others by the same names."""

_OF_SUBMISSION = ("SLURM_SUBMIT_DIR", "PBS_O_WORKDIR", "SGE_O_WORKDIR", "LS_SUBCWD")
"""Where a batch script is submitted, and where it starts or goes first."""

_FROM_OUTSIDE = re.compile(
    r"HOME|USER|LOGNAME|UID|EUID|GID|PWD|OLDPWD|HOSTNAME|HOSTTYPE|OSTYPE|SHELL|PATH|TERM|DISPLAY"
    r"|XAUTHORITY|LANG|LC_\w+|TMPDIR|SSH_\w+|XDG_\w+|SUDO_\w+|RANDOM|SLURM_\w+|PBS_\w+"
)


SCRIPT_FOLDER = Expansion(source="$SCRIPT_DIR", kind="variable", name="SCRIPT_DIR", own=True)


def path_from_script(path: Word, folder: Value, known: Known) -> str:
    """The path of a named file from the script's folder; its last name where only a shell tells
    the rest. `folder` is where the script has gone to by then."""
    if path.literal is not None and not path.literal.startswith("/") and isinstance(folder, Word):
        path = folder + word("/") + path
    front, *below = path.parts or ("",)
    plain = [part for part in below if isinstance(part, str)]
    if isinstance(front, Expansion) and front.source == SCRIPT_FOLDER.source and plain == below:
        return posixpath.normpath(f".{''.join(plain)}")
    if path.literal is None:
        return path.text.rpartition("/")[2]
    if path.literal.startswith("/") and known.directory:
        return posixpath.relpath(path.literal, posixpath.join(known.directory, known.script, ".."))
    return path.literal


def elsewhere(number: int = 1) -> Word:
    """A folder that only a run of the script tells: each gets a name of its own."""
    name = "WORKING_DIRECTORY" + (f"_{number}" if number > 1 else "")
    return asked_for(name, "the folder that the script goes to")


class Variables:
    """The variables at one point. A name it does not hold was not assigned up to there.

    What the user says counts where the script does not settle the value itself.
    """

    def __init__(self, known: Known = NOTHING) -> None:
        self._values: dict[str, Value] = {}
        self._exported: set[str] = set()
        self._tainted: set[str] = set()
        self._doubtful = False
        self._given = known.values
        self._values.update(
            (name, word(value) if isinstance(value, str) else tuple(map(word, value)))
            for name, value in known.arguments.items()
        )
        here = Expansion(source="$PWD", kind="variable", name="PWD")
        self._values |= {name: Word(parts=(here,)) for name in _OF_SUBMISSION}
        if known.directory:
            self._values["PWD"] = word(known.directory)
        if known.script:
            beside = f"/{posixpath.basename(known.script)}"
            path = known.settled(Word(parts=(SCRIPT_FOLDER, beside)))
            if known.directory and path.expansions:
                path = word(posixpath.join(known.directory, known.script))
            self._values |= {"0": path, "BASH_SOURCE": (path,)}

    def __contains__(self, name: str) -> bool:
        return name in self._values or name in self._tainted or name in self._given

    def is_given(self, name: str) -> bool:
        """Whether the user says what a name holds."""
        return name in self._given

    def value(self, name: str) -> Value:
        """The value of a name it holds."""
        value = None if name in self._tainted else self._values.get(name)
        value = None if isinstance(value, (_Unset, OneOf)) else value
        if value is None and name in self._given and name not in POSITIONAL:
            return word(self._given[name])
        if value is None and name == "PWD" and name in self._values:
            return elsewhere()
        return value

    def may_be_unset(self, name: str) -> bool:
        """Whether a script that is started alone finds nothing there, and takes its default."""
        if self._values.get(name) is UNSET:
            return name not in self._tainted and name not in self._given
        return not (self._doubtful or name in self or _FROM_OUTSIDE.fullmatch(name))

    def take_default(self, name: str, value: Value) -> None:
        """What the script takes where its caller says nothing: the user's word goes before it."""
        self._values[name] = word(self._given[name]) if name in self._given else value

    def shift(self, count: int) -> None:
        """`shift`: the arguments move to lower numbers."""
        arguments = self._values.get("@")
        if isinstance(arguments, tuple):
            self.set_arguments(arguments[count:])
        else:
            self.forget(POSITIONAL)

    def set_arguments(self, words: tuple[Word, ...]) -> None:
        """`set -- ...`: the arguments are these from here on."""
        self._values |= dict.fromkeys(POSITIONAL, ())
        self._values |= {"@": words, **{str(at): word for at, word in enumerate(words[:9], 1)}}

    @contextmanager
    def arguments_of(self, words: tuple[Word, ...]) -> Iterator[None]:
        """The arguments of a function while it runs; `"$@"` hands on those that are there."""
        before = {name: self._values[name] for name in POSITIONAL if name in self._values}
        open_ = [any(part.name in ("@", "*") for part in word.expansions) for word in words]
        if not any(open_):
            self.set_arguments(words)
        elif len(words) > 1:
            self.forget(POSITIONAL)
            known = words[: open_.index(True)]
            self._values |= {"@": words, **{str(at): word for at, word in enumerate(known[:9], 1)}}
        yield
        for name in POSITIONAL:
            self._values.pop(name, None)
        self._values |= before

    @property
    def splits(self) -> bool:
        """Whether unquoted values are parted at blanks: not once the script assigns IFS."""
        return "IFS" not in self

    def assign(self, name: str, value: Value) -> None:
        """Note an assignment."""
        self._values[name] = value

    def may_be(self, name: str, values: Iterable[Value]) -> None:
        """Note what a name may hold where branches of the script left that open."""
        each = [value if isinstance(value, OneOf) else (value,) for value in values]
        known = [value for some in each for value in some if isinstance(value, Word)]
        self._values[name] = OneOf(dict.fromkeys(value for value in known if value.parts)) or None

    def alternatives(self, name: str) -> tuple[Word, ...]:
        """The values that a variable may have; empty when its value is known."""
        value = self._values.get(name)
        known = not isinstance(value, OneOf) or name in self._tainted or name in self._given
        return () if known or not isinstance(value, OneOf) else value

    def export(self, name: str) -> None:
        """Note that commands get the variable in their environment."""
        self._exported.add(name)

    def forget(self, names: Iterable[str]) -> None:
        """From here on the names are not known."""
        self._values.update(dict.fromkeys(names))

    def forget_all(self) -> None:
        """From here on no scalar is known (`source`, `eval`); no file fills another's arrays."""
        self._doubtful = True
        kept = (*POSITIONAL, "PWD")
        values = self._values.items()
        self.forget([name for name, value in values if name not in kept and not _is_array(value)])

    def taint(self, names: Iterable[str]) -> None:
        """The names are never known: a function assigns them, whenever it is called."""
        self._tainted.update(names)

    def snapshot(self) -> dict[str, Value]:
        """The values, to come back to."""
        return dict(self._values)

    def restore(self, values: dict[str, Value]) -> None:
        """Come back to the values of a snapshot."""
        self._values = dict(values)

    def exported(self) -> Mapping[str, Word]:
        """The exported scalars; what is not known of those that the script assigns is asked for."""
        values = {name: self.value(name) for name in sorted(self._exported) if name in self}
        return {
            name: value
            if isinstance(value, Word)
            else asked_for(name, f"what the script exports as {name}")
            for name, value in values.items()
        }


_INDIRECT = re.compile(r"\$\{!([A-Za-z_]\w*)(:?[-+=?][^{}]*)?\}", re.ASCII)


def named_by(text: str, variables: Variables) -> str:
    """`${!NAME}` as the reference that it stands for; empty for anything else, and where what NAME
    holds is not known."""
    form = _INDIRECT.fullmatch(text)
    value = variables.value(form[1]) if form and form[1] in variables else None
    target = value.literal if isinstance(value, Word) else None
    known = form is not None and target and re.fullmatch(r"[A-Za-z_]\w*", target, re.ASCII)
    return f"${{{target}{form[2] or ''}}}" if form and known else ""


def _is_array(value: Value) -> bool:
    return isinstance(value, tuple) and bool(value) and not isinstance(value, OneOf)
