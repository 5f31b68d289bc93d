"""Bytes as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.readers.text import FileText, decoded
from tests.refusal import result_or_refusal


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-8"])
def test_marked_encodings(encoding: str) -> None:
    assert decoded("é\r\nb".encode(encoding), "x") == FileText("é\nb")


def test_latin_1_is_said() -> None:
    assert decoded(b"a\nb\xe9", "x") == FileText("a\nbé", "x:2:2: not UTF-8, read as Latin-1")


def test_binary() -> None:
    assert decoded(b"a\0b", "x") is None


def test_mark_that_lies() -> None:
    with pytest.raises(InputError) as caught:
        decoded(b"\xff\xfea", "x")
    assert str(caught.value) == (
        "x:1:1: its byte order mark says UTF-16-LE, and it is not"
        " (save it as UTF-8; byte 0 is the first that fits nothing)"
    )


@given(st.binary(max_size=100))
def test_any_bytes(content: bytes) -> None:
    read = result_or_refusal(lambda: decoded(content, "x"))
    assert read is None or (
        read.line()[:2] == "x:" if isinstance(read, InputError) else "\0" not in read
    )
