"""Where a mount's data is on the target."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.jobs.run import Run, RunMount
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation
from advisor.jobs.word import Expansion, joined, word
from advisor.writers.data import Located, absolute_source, locate

HOME = Expansion(source="~", kind="home", name="HOME", quoted=True)
HERE = Expansion(source="$PWD", kind="variable", name="PWD", quoted=True)


def bind(source: str, **fields: Any) -> RunMount:
    kind = fields.pop("kind", "bind")
    return RunMount(kind=kind, source=word(source), target=word("/d"), **fields)


def place(*mounts: RunMount, **situation: Any) -> tuple[str, str, str, str, str]:
    run = Run(image=word("img"), mounts=mounts)
    found: Located = locate(mounts[0], run, Situation(target="runai-v2", **situation))
    return found.form, found.fate, found.source.text, found.server, found.sub_path


EXPORT = NfsExport(server="nas", export="/e", path="/raid")
NEARER = NfsExport(server="near", export="/n", path="/raid/a")


@pytest.mark.parametrize(
    ("mount", "situation", "expected"),
    [
        (bind("/a"), {"outcomes": {"data:/a": "stay"}}, ("host-path", "mapped", "/a", "", "")),
        (bind("/a"), {"outcomes": {"data:/a": "ok"}}, ("host-path", "mapped", "/a", "", "")),
        (bind("/a"), {"outcomes": {"data:/a": "move"}}, ("none", "unresolved", "", "", "")),
        (bind("/a"), {}, ("none", "unresolved", "", "", "")),
        (bind("/a", kind="hostPath"), {}, ("host-path", "mapped", "/a", "", "")),
        (bind("/raid/x"), {"exports": (EXPORT,)}, ("nfs", "mapped", "/e/x", "nas", "")),
        (bind("/raid/a/b"), {"exports": (EXPORT, NEARER)}, ("nfs", "mapped", "/n/b", "near", "")),
        (bind("/raider"), {"exports": (EXPORT,)}, ("none", "unresolved", "", "", "")),
        (
            bind("/raid/x"),
            {"claims": (ClaimMapping(claim="c", path="/raid"),)},
            ("claim", "changed", "c", "", "x"),
        ),
        (bind("/raid"), {"claims": (ClaimMapping(claim="c"),)}, ("claim", "changed", "c", "", "")),
        (
            bind("/raid"),
            {"claims": (ClaimMapping(claim="c"),), "outcomes": {"data:/raid": "stay"}},
            ("host-path", "mapped", "/raid", "", ""),
        ),
        (bind("/tmp"), {"claims": (ClaimMapping(claim="c"),)}, ("empty", "changed", "", "", "")),
        (bind("/tmp", read_only=True), {}, ("none", "unresolved", "", "", "")),
        (bind("/tmp", kind="hostPath"), {}, ("host-path", "mapped", "/tmp", "", "")),
        (
            bind("/tmp"),
            {"claims": (ClaimMapping(claim="c", path="/tmp"),)},
            ("claim", "changed", "c", "", ""),
        ),
        (bind("/tmp/sets"), {}, ("none", "unresolved", "", "", "")),
        (bind("/var/run/docker.sock"), {}, ("none", "no-equivalent", "", "", "")),
        (bind("vol", kind="named-volume"), {}, ("none", "unresolved", "", "", "")),
        (
            bind(
                "vol",
                kind="named-volume",
                driver_options={"type": "nfs", "o": "addr=10.0.0.1,rw", "device": ":/x"},
            ),
            {},
            ("nfs", "mapped", "/x", "10.0.0.1", ""),
        ),
        (bind("team/c", kind="claim"), {}, ("claim", "mapped", "c", "", "")),
        (bind("nas:/e", kind="nfs"), {}, ("nfs", "mapped", "/e", "nas", "")),
        (bind("", kind="tmpfs"), {}, ("memory", "mapped", "", "", "")),
        (bind("secret/s", kind="config"), {}, ("secret", "mapped", "s", "", "")),
    ],
)
def test_places(
    mount: RunMount, situation: dict[str, Any], expected: tuple[str, str, str, str, str]
) -> None:
    assert place(mount, **situation) == expected


def test_several_sources_have_their_own_place_in_one_claim() -> None:
    situation = {"claims": (ClaimMapping(claim="c"),)}
    assert place(bind("/raid/a"), bind("/home/u"), **situation)[4] == "raid/a"


def test_relative_sources_start_where_the_command_is_typed() -> None:
    assert absolute_source(word("./a/b")) == joined((HERE, "/a/b"))
    assert absolute_source(word(".")) == joined((HERE,))
    assert absolute_source(word("../x"), "/home/u") == word("/home/x")
    assert absolute_source(word("/a")) == word("/a")
    assert absolute_source(joined((HOME, "/a"))) == joined((HOME, "/a"))
