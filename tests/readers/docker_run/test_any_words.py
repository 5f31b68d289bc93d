"""Whatever the words are, they are read whole or refused."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.jobs.word import Expansion, Word, joined, word
from advisor.readers.docker_run.inspect import read_container
from advisor.readers.docker_run.reader import is_command, read_docker_run
from tests.real.docker_run.lines import Line, lines, linux_flags
from tests.refusal import result_or_refusal

pytestmark = pytest.mark.slow

EXPANSIONS = st.builds(
    Expansion,
    source=st.sampled_from(["$X", "$(id -u)", "`pwd`", "~", "${A[@]}", "$IMAGE", "$OPTS"]),
    kind=st.sampled_from(["variable", "command", "home", "glob"]),
    name=st.sampled_from(["", "X", "IMAGE", "OPTS"]),
    quoted=st.booleans(),
)
TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            *("-v", "-p", "--mount", "--gpus", "-e", "--", "-it", ":", ",", "=", "/a", "-", "run"),
            *("type=bind,src=", "\U00100000", "\U0010fffd", "--network=", "--device=", "--ulimit="),
        ]
    ),
)
WORDS = st.lists(st.one_of(TEXTS, EXPANSIONS), max_size=4).map(joined)
COMMANDS = st.lists(WORDS, max_size=8)


def read_whole(words: list[Word]) -> None:
    """Every word is an item's; words of several items are clusters of short flags."""
    job = read_docker_run(words, place=None)
    shared: dict[int, list[str]] = {}
    for item in job.items:
        for number in item.words:
            shared.setdefault(number, []).append(item.written)
    assert sorted(shared) == list(range(len(words)))
    for number, written in shared.items():
        assert len(written) == 1 or all(len(one) == 2 for one in written), words[number]


@given(words=COMMANDS)
@example(words=[joined(["\U00100000", Expansion(source="$X", kind="variable", name="X")])])
def test_any_words_are_read_whole_or_refused(words: list[Word]) -> None:
    for start in (["docker", "run"], ["podman", "create"], ["sudo", "docker"], []):
        command = [*map(word, start), *words]
        is_command(command)
        with suppress(InputError):
            read_whole(command)


@given(line=lines(linux_flags("create")))
def test_any_line_is_read_whole_or_refused(line: Line) -> None:
    with suppress(InputError):
        read_whole([word(text) for text in line.words])


@given(line=lines(linux_flags("create")), data=st.data())
def test_any_part_of_a_line_may_be_left_to_the_shell(line: Line, data: st.DataObject) -> None:
    expansion = Expansion(source="$X", kind="variable", name="X")
    words = []
    for text in line.words[:2]:
        words.append(word(text))
    for text in line.words[2:]:
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
        hidden = data.draw(st.booleans())
        words.append(joined([text[:start], expansion, text[end:]]) if hidden else word(text))
    with suppress(InputError):
        read_whole(words)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)
CONFIG = ["Env", "Cmd", "Entrypoint", "Image", "Labels", "User", "ExposedPorts", "Healthcheck"]
HOST = ["Binds", "Mounts", "PortBindings", "DeviceRequests", "Ulimits", "RestartPolicy", "Memory"]
PARTS = {
    "Name": JSON,
    "Mounts": JSON,
    "Config": st.one_of(JSON, st.fixed_dictionaries({}, optional=dict.fromkeys(CONFIG, JSON))),
    "HostConfig": st.one_of(JSON, st.fixed_dictionaries({}, optional=dict.fromkeys(HOST, JSON))),
}


@given(inspected=st.fixed_dictionaries({}, optional=PARTS), image=st.one_of(st.none(), JSON))
def test_any_answer_is_a_container_or_refused(inspected: dict[str, Any], image: Any) -> None:
    read = result_or_refusal(lambda: read_container(inspected, image))
    assert isinstance(read, InputError) or read.run is not None
