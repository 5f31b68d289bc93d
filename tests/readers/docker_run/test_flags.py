from __future__ import annotations

from functools import cache

import pytest
from hypothesis import find
from hypothesis import strategies as st

from advisor.readers.docker_run.flags import Flag, command_flags, flag_catalog, global_flags
from tests.readers.docker_run.commands import read
from tests.real.docker_run.values import BY_NAME, VALID

CATALOG = flag_catalog().flags
OF_A_COMMAND = [
    pytest.param(engine, flag, id=f"{engine} --{flag.name}")
    for flag in CATALOG
    for engine in flag.engines
    if flag.scope != "global"
]
OF_THE_PROGRAM = [
    pytest.param(engine, flag, id=f"{engine} --{flag.name}")
    for flag in CATALOG
    for engine in flag.engines
    if flag.scope == "global" and flag.name not in ("help", "version")
]


def value_of(flag: Flag) -> str:
    """One that docker takes and that needs no other flag."""
    special = {"workdir": "/w", "tmpfs": "/t", "cap-add": "ALL", "cap-drop": "ALL", "ipc": "host"}
    if flag.name in special:
        return special[flag.name]
    amounts = {"memory-swap": "-1", "cpu-period": "5000", "cpu-quota": "5000", "stop-signal": "9"}
    if flag.name in amounts:
        return amounts[flag.name]
    texts = {"ip": "10.0.0.1", "ip6": "::1", "cpuset-cpus": "0", "cpuset-mems": "0", "name": "ab"}
    if flag.name in texts:
        return texts[flag.name]
    values: st.SearchStrategy[str] = BY_NAME.get(flag.name, VALID.get(flag.value, st.just("x")))
    return _shortest(values)


@cache
def _shortest(values: st.SearchStrategy[str]) -> str:
    """Looked for once: many flags of every engine take the same values."""
    return find(values, lambda value: value != "")


def company(flag: Flag) -> tuple[str, ...]:
    """Flags that docker wants beside it."""
    return ("--network=own",) if flag.canonical == "--network-alias" else ()


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "flag"), OF_A_COMMAND)
def test_every_flag_is_an_item_of_its_name(engine: str, flag: Flag) -> None:
    if flag.value == "bool":
        given = (f"--{flag.name}=false",)
    else:
        given = (f"--{flag.name}", value_of(flag))
    job = read(engine, "run", *given, *company(flag), "alpine", "sh")
    item = job.items[1]
    assert (item.name, item.written, item.words) == (
        f"--{flag.alias or flag.name}",
        f"--{flag.name}",
        tuple(range(2, 2 + len(given))),
    )


@pytest.mark.parametrize(("engine", "flag"), OF_THE_PROGRAM)
def test_every_flag_of_the_program_is_an_item(engine: str, flag: Flag) -> None:
    given = (f"--{flag.name}",) if flag.value == "bool" else (f"--{flag.name}", "info")
    job = read(engine, *given, "run", "alpine")
    assert [item.name for item in job.items] == [f"{engine} run", f"--{flag.name}", "IMAGE"]


@pytest.mark.parametrize("flag", [flag for flag in CATALOG if flag.short], ids=str)
def test_short_flags_join_their_value(flag: Flag) -> None:
    flags = global_flags if flag.scope == "global" else lambda one: command_flags(one, "run")
    assert [flags(engine).by_letter[flag.short].name for engine in flag.engines] == [
        flag.name for _ in flag.engines
    ]


def test_an_alias_is_of_the_same_kind_as_what_it_stands_for() -> None:
    by_name = {flag.name: flag for flag in CATALOG if flag.scope != "global"}
    pairs = [(flag, by_name[flag.alias]) for flag in CATALOG if flag.alias]
    assert [flag.name for flag, other in pairs if flag.repeatable != other.repeatable] == []


def test_create_has_no_flags_of_running() -> None:
    run, create = (set(command_flags("docker", verb).by_name) for verb in ("run", "create"))  # type: ignore[arg-type]
    assert run - create == {"detach", "sig-proxy", "detach-keys"}
    assert create - run == set()
