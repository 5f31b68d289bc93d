"""The plan as markdown: what a table cannot say is a sentence, and no name becomes structure."""

from __future__ import annotations

from advisor.facts.host import Filesystem, Volume
from advisor.output.markdown import render_plan
from tests.placement.samples import host, snapshot
from tests.planning.samples import bind, container, image, plan

X = image("lab/x:1", "a")


def test_places_that_no_script_copies_are_said() -> None:
    lustre = Filesystem(mount_point="/l", type="lustre", device="10.0.0.1@tcp:/fs")
    job = container("job", X, bind("/l/d", filesystem=lustre))
    volume = Volume(name="v")
    text = render_plan(plan(snapshot(None, host("dgx", job, images=(X,), volumes=(volume,)))))
    assert [line for line in text.splitlines() if line.startswith("- `") and "copy" in line] == [
        "- `/l/d (lustre 10.0.0.1@tcp:/fs)` needs no copy: every node has to mount"
        " `lustre 10.0.0.1@tcp:/fs` at `/l/d`.",
    ]
    assert "- `named volume v on dgx` has no path that is known" in text


def test_names_cannot_become_structure() -> None:
    attack = "](x)|\n# <b>`a`"
    job = container(attack, X, bind(f"/raid/{attack}"), owner=attack)
    plain = container("job", X, bind("/raid/d"), owner="ann")
    texts = [
        render_plan(plan(snapshot(None, host("dgx", one, images=(X,))))) for one in (job, plain)
    ]
    shapes = [[line.split(" ")[0] for line in text.splitlines() if line] for text in texts]
    assert shapes[0] == shapes[1]
    assert "<b>" not in texts[0]
