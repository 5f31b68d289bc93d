"""A login before an image's registry is not repeated; what the shell fills in stays. Words for
a pod are what Kubernetes makes the meant words of."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.jobs.word import Expansion, Word, for_cluster, from_cluster, image_word, joined, word

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


OWN = ("A", "lr", "name")
TEXTS = st.text("$$$(()) ANlr'").map(lambda text: text.replace("N", "NAME").replace("l", "lr"))
VARIABLE = Expansion(source="$(A)", kind="cluster", name="A", quoted=True)
COMMAND = Expansion(source="$X", kind="variable", name="X")


def expanded(text: str, values: Mapping[str, str]) -> str:
    """As the kubelet's own function does: character by character."""
    made, at = "", 0
    while at < len(text):
        following = text[at + 1 : at + 2]
        close = text.find(")", at)
        if text[at] != "$" or not following:
            made, at = made + text[at], at + 1
        elif following == "$":
            made, at = made + "$", at + 2
        elif following == "(" and close > 0:
            name = text[at + 2 : close]
            made, at = made + values.get(name, f"$({name})"), close + 1
        else:
            made, at = made + text[at : at + 2], at + 2
    return made


@given(TEXTS)
def test_a_pod_gets_the_text_that_was_meant(text: str) -> None:
    held = for_cluster(word(text), OWN).text
    assert expanded(held, dict.fromkeys((*OWN, "NAME"), "?")) == text
    assert joined(from_cluster(held, OWN.__contains__)) == word(text)


@given(st.lists(st.one_of(TEXTS, st.just(VARIABLE), st.just(COMMAND)), max_size=5))
def test_what_is_filled_in_between_changes_nothing_else(parts: list[str | Expansion]) -> None:
    meant = joined(parts)
    filled = {"$(A)": "one", "$X": "$$(two)"}
    held = [
        part.source.replace("$X", "$$$$(two)") if isinstance(part, Expansion) else part
        for part in for_cluster(meant, OWN).parts
    ]
    wanted = "".join(
        filled[part.source] if isinstance(part, Expansion) else part for part in meant.parts
    )
    assert expanded("".join(held), {"A": "one", "lr": "?", "name": "?"}) == wanted


@pytest.mark.parametrize(
    ("text", "read"),
    {
        "$(A)": (VARIABLE,),
        "a $(date) $$(A) $(kill $$)": ("a $(date) $(A) $(kill $$)",),
        "$(cat $(A)": ("$(cat $(A)",),
        "$$ $(": ("$ $(",),
    }.items(),
)
def test_a_pods_text_is_read_as_kubernetes_does(
    text: str, read: tuple[str | Expansion, ...]
) -> None:
    assert joined(from_cluster(text, OWN.__contains__)).parts == read
