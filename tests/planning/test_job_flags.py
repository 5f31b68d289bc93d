"""Today's command and its flags, as the report shows them."""

from __future__ import annotations

from advisor.jobs.ledger import Entry, Item
from advisor.jobs.translation import Translation
from advisor.planning.job_flags import job_flags, start_command
from advisor.planning.plan_items import FlagFate, JobFlag

_IMAGE = Item(name="IMAGE", written="IMAGE", value="team/x:1")
_GPUS = Item(name="--gpus", written="--gpus", value="2")


def test_the_command_quotes_what_the_shell_would_take_apart() -> None:
    items = (_IMAGE, _GPUS, Item(name="COMMAND", value="a b"), Item(name="--rm", written="--rm"))
    assert start_command(items, "podman") == (
        "podman run \\\n    --gpus 2 \\\n    --rm \\\n    team/x:1 'a b'"
    )


def test_words_of_a_shell_stand_as_they_were_written() -> None:
    run = Item(name="docker run", written="docker run", words=(0, 1))
    command = Item(name="COMMAND", value="python 'a b.py'", words=(3, 4))
    assert start_command((run, _IMAGE, command), "docker") == (
        "docker run \\\n    team/x:1 python 'a b.py'"
    )


def test_nothing_known_is_no_command() -> None:
    assert start_command((), "docker") == ""


def test_a_flag_has_its_fate_for_each_target() -> None:
    first = Entry(item=_GPUS, fate="mapped", reason="the same number", output="--gpu 2")
    second = Entry(item=_GPUS, fate="changed", reason="a limit")
    translations = (
        Translation(target="runai-v1", text="", ledger=(first,)),
        Translation(target="kubernetes", text="", ledger=(second,)),
    )
    assert job_flags(translations) == (
        JobFlag(
            written="--gpus",
            value="2",
            became=(
                FlagFate(
                    target="runai-v1", fate="mapped", reason="the same number", output="--gpu 2"
                ),
                FlagFate(target="kubernetes", fate="changed", reason="a limit"),
            ),
        ),
    )
