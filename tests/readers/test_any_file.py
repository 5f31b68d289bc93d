"""Whatever is in a file, and whatever it is called, reading it gives jobs or problems."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.readers.dispatch import READERS
from advisor.readers.file_kinds import kind_by_name
from advisor.readers.result import Kind
from advisor.readers.specs import read_specs

pytestmark = pytest.mark.slow

NAMES = [
    ".devcontainer.json",
    ".github/workflows/a.yml",
    ".gitignore",
    ".gitlab-ci.yml",
    "Makefile",
    "README.md",
    "a.bat",
    "a.hcl",
    "a.ipynb",
    "a.json",
    "a.ps1",
    "a.py",
    "a.service",
    "a.sh",
    "a.yaml",
    "compose.yaml",
    "justfile",
    ".vscode/tasks.json",
    "nameless",
]

contents = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")),
    st.lists(
        st.sampled_from(
            [b"docker run x\n", b"apiVersion: v1\nkind: Pod\n", b"spec: ", b"{", b"}", b"[", b"'",
             b"script:\n", b"- run: |\n", b"  docker run y\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\0",
             b"#!/bin/sh\n", b"```sh\n", b"\t", b"&a ", b"*a", b"<<: ", b"---\n", b"!", b"image",
             b'"image": ', b"runai submit a -i b\n", b"x:\n\tdocker run $(A)\n", b"a: a: b",
             b"run(['docker', 'run', a])\n", b"if a:\n  ", b"entrypoint: a\n", b"searcher:\n",
             b'{"cells": [{"cell_type": "code", "source": ["!docker run a\\n"]}]}',
             b"docker compose run a b\n"]
        ),
        max_size=12,
    ).map(b"".join),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all examples share."""
    return tmp_path_factory.mktemp("any")


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(content=contents)
def test_any_content(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    found = [read_specs([str(path)]), read_specs([str(folder)])]
    path.unlink()
    for result in found:
        assert all("\n" not in str(problem) for problem in result.problems)


@given(st.text(max_size=80).map(lambda text: f"docker run {text}"))
def test_any_command(text: str) -> None:
    read_specs([text])


def test_every_kind_of_file_has_a_reader() -> None:
    assert set(get_args(Kind)) == set(READERS)


def test_every_kind_of_file_is_fed_anything() -> None:
    """Where the name says nothing, the kind is one that the text decides."""
    by_name = {kind_by_name(name)[1] for name in NAMES}
    assert set(get_args(Kind)) - by_name == {"foreign", "manifest"}
