from __future__ import annotations

import pytest

from advisor.configuration.settings import parse_registry
from advisor.errors import InputError


@pytest.mark.parametrize(
    ("text", "registry"),
    [
        ("", ""),
        ("localhost:5000", "localhost:5000"),
        ("registry.example.com/research/", "registry.example.com/research"),
        ("[::1]:5000/a/b-c", "[::1]:5000/a/b-c"),
        ("nvcr.io/org/team_x/y.z", "nvcr.io/org/team_x/y.z"),
    ],
)
def test_a_registry_is_kept(text: str, registry: str) -> None:
    assert parse_registry(text) == registry


@pytest.mark.parametrize(
    "text", ["https://a.example", "a b", "a;b", "$(id)", "a/B", "a//b", "-a", "a/../b", "a\n"]
)
def test_what_must_not_end_up_in_a_command_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no registry"):
        parse_registry(text)
