"""Command lines of docker run and create over all flags and spellings, right and wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hypothesis import strategies as st

from advisor.readers.docker_run.flags import Flag, Verb, command_flags
from tests.real.docker_run.values import BY_NAME, INVALID, VALID, WORD, Values, one_of


class Line(NamedTuple):
    """`words` from `docker` on."""

    words: tuple[str, ...]


IMAGES = one_of(
    *("nvcr.io/nvidia/pytorch:19.12-py3", "alpine", "lab/train:v1", "localhost:5000/x", "A.b/c:1"),
    *(f"alpine@sha256:{'a' * 64}", f"sha256:{'b' * 64}", "c" * 64, "x/y/z:T_1.2-3"),
)
BAD_IMAGES = one_of(
    "", "Alpine", "a b", "x:", "x@sha256:12", "-", "a//b", "x:-t", "_x", "https://x/y"
)
COMMANDS = st.lists(
    st.one_of(WORD, one_of("bash", "-c", "--rm", "python train.py", "-it", "--", "", "#", "-e")),
    max_size=4,
)


def lines(
    flags: list[Flag],
    *,
    faults: bool = True,
    verbs: tuple[Verb, ...] = ("create",),
    images: Values = IMAGES,
    values: Mapping[str, Values] | None = None,
    commands: st.SearchStrategy[list[str]] = COMMANDS,
) -> st.SearchStrategy[Line]:
    """Lines with some of `flags`. Without `faults` all are right.

    `values` are what flags get instead of what their kind says.
    """
    by_name = {**BY_NAME, **(values or {})}
    return st.builds(
        _line,
        st.sampled_from(verbs),
        st.lists(st.one_of([_given(flag, faults, by_name) for flag in flags]), max_size=7),
        st.booleans(),
        _mostly(images, BAD_IMAGES) if faults else images,
        commands,
        one_of(*[""] * 30, *["--nosuch", "-Z", "-n", "--gpu=1", "-it9"] * faults),
    )


def _line(
    verb: Verb,
    given: list[tuple[str, ...]],
    dashes: bool,
    image: str,
    command: list[str],
    stray: str,
) -> Line:
    flags = [word for words in _clustered(given) for word in words]
    first = ["-d"] if verb == "run" else []
    unknown = [stray] if stray else []
    end = ["--"] if dashes else []
    start = ["docker", verb] if len(image) % 2 else ["docker", "container", verb]
    return Line((*start, *first, *flags, *unknown, *end, image, *command))


def _clustered(given: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Short flags without a value glued to what short flag follows: `-i -t -v x` as `-itv x`."""
    glued: list[tuple[str, ...]] = []
    for words in given:
        before = glued[-1] if glued else ()
        if len(before) == 1 and len(before[0]) == 2 and before[0] in _BARE and _short(words[0]):
            glued[-1] = (before[0] + words[0][1:], *words[1:])
        else:
            glued.append(words)
    return glued


_BARE = frozenset({"-i", "-t", "-P", "-q"})


def _short(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and word[1] != "-"


def _given(
    flag: Flag, faults: bool, by_name: Mapping[str, Values]
) -> st.SearchStrategy[tuple[str, ...]]:
    right = by_name[flag.name] if flag.name in by_name else _valid(flag)
    wrong = INVALID.get(flag.value) if faults and flag.name not in by_name else None
    values = right if wrong is None else _mostly(right, wrong)
    spellings: list[Callable[[str], tuple[str, ...]]] = [lambda v: (f"--{flag.name}={v}",)]
    if flag.value != "bool":
        spellings.append(lambda v: (f"--{flag.name}", v))
    if flag.short:
        spellings += _short_spellings(flag)
    spelled = st.tuples(st.sampled_from(spellings), values).map(lambda pair: pair[0](pair[1]))
    if flag.value != "bool" or flag.name == "help":
        return spelled
    bare = [(f"--{flag.name}",), *([(f"-{flag.short}",)] if flag.short else [])]
    return st.one_of(spelled, st.sampled_from(bare), st.sampled_from(bare))


def _mostly(right: Values, wrong: Values) -> Values:
    """One in twelve is wrong."""
    return st.integers(0, 11).flatmap(lambda number: right if number else wrong)


def _valid(flag: Flag) -> Values:
    return (
        one_of("true", "false", "1", "0", "T", "F") if flag.value == "bool" else VALID[flag.value]
    )


def _short_spellings(flag: Flag) -> list[Callable[[str], tuple[str, ...]]]:
    joined = [lambda v: (f"-{flag.short}={v}",)]
    if flag.value == "bool":
        return [lambda v: (f"-{flag.short}={v}",) if v else (f"-{flag.short}",)]
    return [
        *joined,
        lambda v: (f"-{flag.short}", v),
        lambda v: (f"-{flag.short}{v}",) if v else (f"-{flag.short}", v),
    ]


def linux_flags(verb: Verb) -> list[Flag]:
    """Every flag that a daemon on Linux takes."""
    return [flag for flag in command_flags("docker", verb).by_name.values() if not flag.windows]


def windows_flags() -> list[Flag]:
    """Those that only a daemon on Windows takes, and some of the others."""
    flags = command_flags("docker", "create").by_name.values()
    return [flag for flag in flags if flag.windows or flag.name in ("env", "label", "memory")]
