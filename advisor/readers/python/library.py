"""What functions of Python's own library give, as far as commands are made with them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from advisor.jobs.word import Expansion, Word, asked_for, joined, word
from advisor.readers.python.values import (
    MOST_WORDS,
    Arguments,
    Value,
    as_key,
    as_list,
    as_word,
    as_words,
    formatted,
    is_open,
    path_of,
    quoted,
    split,
    unknown,
    with_blanks,
)


def called(name: str, given: Arguments, own: Value, file: str) -> Value:
    """What a call gives, open under the name CALL where that is not known; `own` is what the
    function is taken from, `file` the program's."""
    first = given.get(0)
    if isinstance(own, list) and name in _OF_LISTS:
        return _OF_LISTS[name](own, given)
    if isinstance(own, dict) and name in _OF_MAPS:
        return _OF_MAPS[name](own, given)
    if name in _MACHINES:
        return Word(parts=(_MACHINES[name],))
    if name in ("abspath", "realpath", "resolve", "dirname"):
        return _path(name, as_word(first if first is not None else own), file)
    if name in _AS_IT_IS:
        return first if first is not None else own
    if name == "join" and isinstance(own, Word) and not _is_module(own):
        return with_blanks(as_words(as_list(first, "values")), own)
    function = _FUNCTIONS.get(name)
    return unknown("call") if function is None else function(own, given)


def _variable(name: str) -> Expansion:
    return Expansion(source=f"${name}", kind="variable", name=name, quoted=True)


def _command(text: str) -> Expansion:
    return Expansion(source=f"$({text})", kind="command", quoted=True)


_MACHINES = {
    "cwd": _variable("PWD"),
    "getcwd": _variable("PWD"),
    "getgid": _command("id -g"),
    "getlogin": _variable("USER"),
    "getuid": _command("id -u"),
    "geteuid": _command("id -u"),
    "getuser": _variable("USER"),
    "home": _variable("HOME"),
}
"""What only the machine knows, as a shell there has it."""

_AS_IT_IS = frozenset(
    {
        *("Path", "PurePath", "PurePosixPath", "PosixPath", "as_posix", "dedent", "expandvars"),
        *("float", "fspath", "int", "list", "lstrip", "rstrip", "set", "sorted", "str", "strip"),
        *("tuple", "cleandoc", "normpath", "deepcopy", "copy", "encode", "decode", "Template"),
    }
)
"""Functions whose result is taken for what they are given."""


def _is_module(own: Word) -> bool:
    return is_open(own) and own.text in ("$PATH", "$OS", "$SHLEX", "$OSP")


def _path(name: str, given: Word, file: str) -> Word:
    """The folder of a path, and the whole path of one; `__file__` is where the program lies."""
    text = given.text
    if text == "$__FILE__":
        return word(file) if name != "dirname" else _folder()
    if name == "dirname":
        if given.literal is not None and text != file:
            return word(posixpath.dirname(text))
        first = given.parts[0] if given.parts else ""
        if isinstance(first, Expansion) and first.name == _FOLDER and len(given.parts) == 1:
            return given + word("/..")
        if text == file:
            return _folder()
        *front, last = given.parts or ("",)
        if isinstance(last, Expansion):
            return unknown(f"{text}_folder")
        return joined([*front, posixpath.dirname(last)])
    if text in (".", ""):
        return Word(parts=(_MACHINES["getcwd"],))
    if given.literal is not None and not text.startswith(("/", "~")) and text != file:
        return path_of([Word(parts=(_MACHINES["getcwd"],)), given])
    return given


_FOLDER = "SCRIPT_DIRECTORY"


def _folder() -> Word:
    return asked_for(_FOLDER, "the folder that the program lies in")


def _append(held: list[Value], given: Arguments) -> Value:
    if len(held) < MOST_WORDS and given.positional:
        held.append(given.positional[0])
    return None


def _extend(held: list[Value], given: Arguments) -> Value:
    held += as_list(given.get(0), "more")
    del held[MOST_WORDS:]
    return None


def _insert(held: list[Value], given: Arguments) -> Value:
    at = given.get(0)
    if isinstance(at, int) and len(given.positional) == 2 and len(held) < MOST_WORDS:
        held.insert(at, given.positional[1])
    return None


_OF_LISTS: dict[str, Callable[[list[Value], Arguments], Value]] = {
    "append": _append,
    "copy": lambda held, _: held.copy(),
    "extend": _extend,
    "insert": _insert,
}


def _update(held: dict[str | Word, Value], given: Arguments) -> Value:
    more = given.get(0)
    held.update({**(more if isinstance(more, dict) else {}), **given.named})
    return None


def _setdefault(held: dict[str | Word, Value], given: Arguments) -> Value:
    return held.setdefault(as_key(given.get(0)), given.get(1))


_OF_MAPS: dict[str, Callable[[dict[str | Word, Value], Arguments], Value]] = {
    "copy": lambda held, _: held.copy(),
    "get": lambda held, given: held.get(as_key(given.get(0)), given.get(1)),
    "items": lambda held, _: [[as_word(key), value] for key, value in held.items()],
    "keys": lambda held, _: list(map(as_word, held)),
    "setdefault": _setdefault,
    "update": _update,
    "values": lambda held, _: list(held.values()),
}


def _joined(_: Value, given: Arguments) -> Value:
    """`os.path.join`, or `shlex.join` of a list."""
    first = given.get(0)
    if isinstance(first, list):
        return with_blanks([quoted(each) for each in as_words(first)], word(" "))
    return path_of(as_words(given.positional))


def _replaced(own: Value, given: Arguments) -> Value:
    old, new = (given.get(number) for number in (0, 1))
    texts = [each.literal if isinstance(each, Word) else None for each in (own, old, new)]
    if None in texts:
        return own if isinstance(own, Word) else unknown("text")
    text, was, now = (each or "" for each in texts)
    return as_word(word(text[:20_000].replace(was, now[:100])))


def _home(_: Value, given: Arguments) -> Value:
    text = as_word(given.get(0))
    if text.literal is None or not text.literal.startswith("~"):
        return text
    return Word(parts=(_MACHINES["home"],)) + word(text.literal[1:])


def _numbers(_: Value, given: Arguments) -> Value:
    bounds = [each for each in given.positional if isinstance(each, int) and abs(each) < MOST_WORDS]
    known = len(bounds) == len(given.positional) and 0 < len(bounds) < 3
    return list(range(*bounds)) if known else unknown("range")


def _numbered(_: Value, given: Arguments) -> Value:
    return [[number, value] for number, value in enumerate(as_list(given.get(0), "values"))]


def _mapped(_: Value, given: Arguments) -> Value:
    return as_list(given.get(1), "values")


def _chained(_: Value, given: Arguments) -> Value:
    return [value for each in given.positional for value in as_list(each, "values")][:MOST_WORDS]


def _summed(_: Value, given: Arguments) -> Value:
    lists = as_list(given.get(0), "values")
    return [value for each in lists for value in as_list(each, "values")][:MOST_WORDS]


_FUNCTIONS: dict[str, Callable[[Value, Arguments], Value]] = {
    "chain": _chained,
    "dict": lambda _, given: dict(given.named),
    "enumerate": _numbered,
    "expanduser": lambda own, given: _home(own, Arguments([given.get(0) or own], {})),
    "format": lambda own, given: as_word(formatted(own, given)) if isinstance(own, Word) else own,
    "join": _joined,
    "joinpath": lambda own, given: path_of([as_word(own), *as_words(given.positional)]),
    "lower": lambda own, _: word(own.literal.lower()) if _is_text(own) else own,
    "map": _mapped,
    "quote": lambda _, given: quoted(as_word(given.get(0))),
    "range": _numbers,
    "replace": _replaced,
    "split": lambda own, given: split(as_word(given.get(0) if _is_module_of(own) else own)),
    "sum": _summed,
}


def _is_text(own: Value) -> bool:
    return isinstance(own, Word) and own.literal is not None


def _is_module_of(own: Value) -> bool:
    return not isinstance(own, Word) or _is_module(own)
