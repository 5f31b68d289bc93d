"""The verdict in one sentence, for every mix of outcomes."""

from __future__ import annotations

import msgspec
import pytest

from advisor.findings.finding import Outcome
from advisor.judging.assessment import Assessment, for_owner
from advisor.output.formats import RenderOptions
from advisor.output.overview import arrange, headline, reasons
from tests.output.sample import EMPTY, SAMPLE


def _with(images: tuple[Outcome, ...], data: tuple[Outcome, ...] = ()) -> Assessment:
    thing = SAMPLE.images[0]
    return msgspec.structs.replace(
        SAMPLE,
        images=tuple(msgspec.structs.replace(thing, outcome=one) for one in images),
        data=tuple(msgspec.structs.replace(thing, outcome=one, topic="data") for one in data),
    )


def _said(audit: Assessment) -> str:
    return headline(arrange(audit, RenderOptions()))


@pytest.mark.parametrize(
    ("images", "data", "sentence"),
    [
        (
            ("move", "ok", "unknown", "blocked"),
            ("move", "move", "stay"),
            "1 of 4 images and 2 of 3 data paths must move before these 2 jobs can run on this"
            " cluster; unknown: 1 of 4 images; blocked: 1 of 4 images.",
        ),
        (
            ("unknown", "ok"),
            ("blocked",),
            "It is not known whether 1 of 2 images must move before these 2 jobs can run on this"
            " cluster; blocked: 1 of 1 data path.",
        ),
        (("blocked", "ok"), (), "No node can run the jobs of 1 of 2 images."),
        (
            ("ok", "stay"),
            ("ok",),
            "Nothing has to move before these 2 jobs can run on this cluster"
            " (2 images, 1 data path).",
        ),
    ],
)
def test_one_sentence(
    images: tuple[Outcome, ...], data: tuple[Outcome, ...], sentence: str
) -> None:
    assert _said(_with(images, data)) == sentence


def test_nothing_seen_is_no_pass() -> None:
    assert _said(EMPTY) == "No images and no data were seen: nothing was judged."


def test_it_says_whose_jobs_and_which_cluster() -> None:
    assert _said(for_owner(SAMPLE, "alice")).endswith(
        "must move before alice's job can run on this cluster."
    )
    assumed = msgspec.structs.replace(_with(("move",)), assumed="GPU nodes: 4", plan=None)
    assert _said(assumed) == "1 of 1 image must move before jobs can run on the assumed cluster."


def test_a_reason_that_images_and_data_share_stands_once() -> None:
    verdict = SAMPLE.verdicts[0]
    both = tuple(msgspec.structs.replace(verdict, topic=topic) for topic in ("image", "data"))
    audit = msgspec.structs.replace(SAMPLE, verdicts=both)
    assert len(reasons(arrange(audit, RenderOptions()))) == 1


def test_reasons_that_differ_name_images_and_data_and_count_the_nodes_once() -> None:
    verdict = msgspec.structs.replace(SAMPLE.verdicts[0], nodes=("a", "b"), count=2, ready=2)
    audit = msgspec.structs.replace(
        SAMPLE,
        verdicts=(
            msgspec.structs.replace(verdict, topic="image", why="All are there.", settle=""),
            msgspec.structs.replace(verdict, topic="data", why="Some are not.", settle="ls /data"),
        ),
    )
    assert reasons(arrange(audit, RenderOptions())) == (
        "2 GPU nodes: a, b. Images: All are there.",
        "Data: Some are not. This shows it: `ls /data`.",
    )
