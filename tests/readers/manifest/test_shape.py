"""Parts that are alike are read once, and never taken for what only resembles them."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.readers.manifest.shape import once_for_each_content


def test_the_same_content_is_read_once() -> None:
    read: list[Any] = []
    reading = once_for_each_content(lambda value: read.append(value))
    for value in ({"cpu": 1}, {"cpu": 1}, {"cpu": "1"}, {"cpu": True}, {"cpu": 1.0}):
        reading(value)
    assert [str(one) for one in read] == [
        "{'cpu': 1}",
        "{'cpu': '1'}",
        "{'cpu': True}",
        "{'cpu': 1.0}",
    ]


@pytest.mark.parametrize("value", [2**70, object(), "\ud800"])
def test_what_cannot_be_packed_is_read_each_time(value: Any) -> None:
    read: list[Any] = []
    reading = once_for_each_content(lambda value: read.append(value))
    reading(value)
    reading(value)
    assert read == [value, value]
