"""Jobs of every shape, for properties."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from advisor.jobs.run import GpuAsk, PortMapping, Run, RunMount, Security, Variable
from advisor.jobs.word import Expansion, Word, joined, word

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12
) | st.text("ab \t\n'\"\\$`{}(),;|&<>*?[]#!~=:-%^é", min_size=1, max_size=12)
EXPANSIONS = st.sampled_from(
    [
        Expansion(source="$PLAIN", kind="variable", name="PLAIN", quoted=True),
        Expansion(source="$PLAIN", kind="variable", name="PLAIN"),
        Expansion(source="${BLANKS}", kind="variable", name="BLANKS", quoted=True),
        Expansion(source="${BLANKS}", kind="variable", name="BLANKS"),
        Expansion(source="$(printf 'a b')", kind="command"),
        Expansion(source="`printf x`", kind="command", quoted=True),
        Expansion(source="$((1+2))", kind="arithmetic"),
        Expansion(source="~", kind="home", name="HOME", quoted=True),
        Expansion(source="%CD%", kind="percent", name="CD"),
        Expansion(source="$(HOME)", kind="make", name="HOME"),
    ]
)
WORDS = st.lists(TEXTS | EXPANSIONS, min_size=1, max_size=3).map(joined)
PATHS = st.sampled_from(["/data", "/raid/a b", "/x'y", "/srv/é", "/a/b.c"]).map(word)
NAMES = st.from_regex(r"[A-Z][A-Z0-9]{0,5}_V", fullmatch=True)
SIZES = st.integers(1, 2**40)
COUNTS = st.integers(1, 64)


def _variables(values: st.SearchStrategy[Word]) -> st.SearchStrategy[tuple[Variable, ...]]:
    one = st.builds(lambda name, value: Variable(name=name, value=value), NAMES, values)
    return st.lists(one, max_size=3, unique_by=lambda variable: variable.name).map(tuple)


def _mounts(targets: st.SearchStrategy[Word]) -> st.SearchStrategy[RunMount]:
    """Kinds that both versions of runai can write."""
    kinds = {
        "hostPath": PATHS,
        "nfs": st.just(word("nas:/exports/x")),
        "claim": st.just(word("datasets")),
    }
    return st.sampled_from(sorted(kinds)).flatmap(
        lambda kind: st.builds(
            RunMount,
            kind=st.just(kind),
            source=kinds[kind],
            target=targets,
            read_only=st.just(False) if kind == "claim" else st.booleans(),
        )
    )


_GPUS = st.one_of(
    st.builds(lambda n: (GpuAsk(how="resource", count=n),), COUNTS),
    st.builds(lambda n: (GpuAsk(how="resource", portion=n / 100),), st.integers(1, 99)),
    st.builds(lambda n: (GpuAsk(how="resource", memory=n),), SIZES),
    st.just(()),
)
_SECURITY = st.builds(
    Security,
    host_network=st.booleans(),
    host_ipc=st.booleans(),
    capabilities_added=st.sampled_from([(), ("SYS_PTRACE",), ("IPC_LOCK", "SYS_NICE")]),
)
_OPTIONAL = st.none() | COUNTS


def runs(words: st.SearchStrategy[Word] = WORDS) -> st.SearchStrategy[Run]:
    """What both versions can write as it is: none of it is changed on the way."""
    fields: dict[str, st.SearchStrategy[Any]] = {
        "image": st.sampled_from(["nvcr.io/nvidia/pytorch:24.07-py3", "img"]).map(word),
        "name": st.sampled_from(["train", "a-1"]).map(word),
        "pull": st.sampled_from(["", "always", "missing", "never"]),
        "arguments": st.lists(words, max_size=4).map(tuple),
        "environment": _variables(words),
        "working_directory": st.none() | words,
        "interactive": st.booleans(),
        "service": st.booleans(),
        "mounts": st.lists(_mounts(PATHS), max_size=3).map(tuple),
        "gpus": _GPUS,
        "cpu_limit": _OPTIONAL.map(lambda n: n and n * 250),
        "cpu_request": _OPTIONAL.map(lambda n: n and n * 10),
        "memory_limit": st.none() | SIZES,
        "memory_request": st.none() | SIZES,
        "large_shared_memory": st.booleans(),
        "security": _SECURITY,
        "labels": st.sampled_from([{}, {"team": "vision"}, {"example.com/a": "b.c"}]),
        "annotations": st.dictionaries(st.sampled_from(["note", "x.y/z"]), TEXTS, max_size=2),
        "extended": st.sampled_from([{}, {"rdma/hca": 1}]),
        "backoff_limit": _OPTIONAL,
        "project": st.sampled_from(["", "team-a"]),
        "ports": st.sampled_from([(), (PortMapping(container=80, host=30080),)]),
    }
    whole = st.builds(Run, **fields)
    start = st.none() | words.map(lambda one: (one,))
    return st.tuples(whole, start, st.booleans()).map(_finished)


def _finished(parts: tuple[Run, tuple[Word, ...] | None, bool]) -> Run:
    import msgspec

    run, start, terminal = parts
    return msgspec.structs.replace(run, entrypoint=start, terminal=run.interactive and terminal)
