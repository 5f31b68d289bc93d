"""A remedy that several findings share is told once, with a block of commands for each machine."""

from __future__ import annotations

import msgspec

from advisor.judging.assessment import Thing
from advisor.output.formats import RenderOptions
from advisor.output.overview import arrange
from advisor.output.plan_view import arrange_plan
from advisor.output.remedies import Block, push_blocks, share_things
from tests.output.sample import SAMPLE
from tests.output.sample_things import IMAGES


def _thing(machine: str, remedy: str) -> Thing:
    return msgspec.structs.replace(IMAGES[0], machines=(machine,) if machine else (), remedy=remedy)


def test_commands_that_differ_go_to_their_machines() -> None:
    things = [
        _thing(host, f"On {host} run `docker push {name}`, then `runai submit -i {name}`: `df`.")
        for host, name in (("dgx-1", "a:1"), ("dgx-1", "b:1"), ("ws-7", "c:1"))
    ]
    (shared,) = share_things(things)
    assert (shared.text, shared.members, shared.blocks) == (
        "On MACHINE run `docker push …`, then `runai submit -i …`: `df`.",
        tuple(things),
        (
            Block(machine="dgx-1", text="docker push a:1\ndocker push b:1"),
            Block(machine="ws-7", text="docker push c:1"),
        ),
    )


def test_the_same_text_is_kept_as_it_is() -> None:
    (shared,) = share_things([_thing("a", "Run `docker ps` on a.")] * 2)
    assert (shared.text, shared.blocks) == ("Run `docker ps` on a.", ())


def test_other_words_or_other_options_are_another_remedy() -> None:
    texts = ["Use `--nfs a`.", "Use `--nfs b`.", "Keep `--nfs a`.", ""]
    shared = share_things([_thing("a", text) for text in texts])
    assert [one.text for one in shared] == texts


def test_a_machine_is_a_whole_word() -> None:
    things = [_thing(host, f"Run `du {host}` on {host}, not on a-b.") for host in ("a", "b")]
    assert [one.text for one in share_things(things)] == ["Run `du …` on MACHINE, not on a-b."]


def test_all_pushes_of_a_host_are_one_block() -> None:
    view = arrange(SAMPLE, RenderOptions())
    assert push_blocks(arrange_plan(view.assessment)) == (
        Block(
            machine="dgx-01",
            text="docker tag llm-finetune:v3 registry.lab.example/llm-finetune:v3-dgx-01\n"
            "docker push registry.lab.example/llm-finetune:v3-dgx-01",
        ),
    )
    assert push_blocks(None) == ()
