"""A login before an image's registry is not repeated; what the shell fills in stays."""

from __future__ import annotations

import pytest

from advisor.jobs.word import Expansion, Word, image_word

REGISTRY = Expansion(source="$REG", kind="variable", name="REG")
PASSWORD = Expansion(source="$PW", kind="variable", name="PW")
DIGEST = Expansion(source="$DIGEST", kind="variable", name="DIGEST")

SHOWN = {
    ("ann:hunter2@reg.example/x:1",): ("[redacted]@reg.example/x:1",),
    ("ann:hunter2@", REGISTRY, "/x:1"): ("[redacted]@", REGISTRY, "/x:1"),
    ("ann:hunter2@reg.example/x", REGISTRY): ("[redacted]@reg.example/x", REGISTRY),
    ("ann:", PASSWORD, "@reg.example/x"): ("ann:", PASSWORD, "@reg.example/x"),
    ("reg.example:5000/x:1@", DIGEST): ("reg.example:5000/x:1@", DIGEST),
    (): (),
}


@pytest.mark.parametrize(("given", "shown"), SHOWN.items())
def test_a_login_is_taken_out(
    given: tuple[str | Expansion, ...], shown: tuple[str | Expansion, ...]
) -> None:
    assert image_word(Word(parts=given)).parts == shown
