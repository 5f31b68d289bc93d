"""Flags and fields marked where they stand: no text is lost, and each mark is the right one."""

from __future__ import annotations

import pytest

from advisor import api
from advisor.checking.single_jobs import TextChecker
from advisor.jobs.translation import TARGETS, Situation
from advisor.serving.openapi import EXAMPLES
from advisor.serving.page import Piece, output_pieces, source_pieces
from advisor.serving.request import fields_of, filled


@pytest.fixture(scope="module")
def checker() -> TextChecker:
    return api.text_checker(api.demo_snapshot())


def _marked(pieces: tuple[Piece, ...]) -> list[tuple[str, tuple[int, ...]]]:
    return [(piece.text, piece.entries) for piece in pieces if piece.entries]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.key)
def test_pieces_together_are_the_text(checker: TextChecker, example: object) -> None:
    text = example.text  # type: ignore[attr-defined]
    (job,) = checker.check(text, TARGETS, Situation(target="runai-v2", lines=True)).jobs
    for translation in job.translations:
        yaml = translation.target == "kubernetes"
        pieces = output_pieces(translation.text, translation.ledger, yaml=yaml)
        assert "".join(piece.text for piece in pieces) == translation.text
        assert len(_marked(pieces)) >= 3
        source = source_pieces(text, translation.ledger, yaml=job.reader in ("compose", "manifest"))
        assert "".join(piece.text for piece in source) in text
        assert len(_marked(source)) >= 3


def test_flags_of_a_command(checker: TextChecker) -> None:
    command = "docker run -it \\\n  --gpus=2 -v /raid:/x a/b:1 \\\n  python t.py\n"
    text = f"#!/bin/sh\necho hi\n{command}ls\n"
    (job,) = checker.check(text, ("runai-v2",)).jobs
    (translation,) = job.translations
    names = [entry.item.name for entry in translation.ledger]
    found = _marked(source_pieces(text, translation.ledger, yaml=False))
    assert [(piece, [names[n] for n in entries]) for piece, entries in found] == [
        ("docker run", ["docker run"]),
        ("-it", ["--interactive", "--tty"]),
        ("--gpus=2", ["--gpus"]),
        ("-v /raid:/x", ["--volume"]),
        ("a/b:1", ["IMAGE"]),
        ("python t.py", ["COMMAND"]),
    ]
    out = dict(_marked(output_pieces(translation.text, translation.ledger, yaml=False)))
    assert "--gpu-devices-request 2" in out
    assert "-- python t.py" in out


def test_places_that_are_not_in_the_text_mark_nothing() -> None:
    assert source_pieces("docker run a", (), yaml=False) == ()
    assert output_pieces("runai submit", (), yaml=False) == (Piece("runai submit"),)


def test_fields_are_what_the_translations_ask_for(checker: TextChecker) -> None:
    text = (
        "docker run --gpus $N -m $MEM -v /raid/x:/x -v '/my data:/d' -v $PWD:/w -e KEY=$VALUE"
        " lab/train:3 t.py ${EPOCHS:-3}"
    )
    form = filled(text, {"set:VALUE": "7", "data:/raid/x": "Bad Name", "set:GONE": "1"})
    fields = fields_of(checker.check(text, TARGETS, form.given), form)
    assert [(one.name, one.value, bool(one.fault)) for one in fields] == [
        ("data:$PWD", "", False),
        ("data:/my data", "", False),
        ("data:/raid/x", "Bad Name", True),
        ("registry", "", False),
        ("cwd", "", False),
        ("set:GONE", "1", False),
        ("set:MEM", "", False),
        ("set:MEMORY_LIMIT", "", False),
        ("set:N", "", False),
        ("set:VALUE", "7", False),
    ]


def test_a_field_that_is_filled_in_is_not_asked_for_again(checker: TextChecker) -> None:
    text = "docker run -v /raid/x:/x nvcr.io/nvidia/cuda:12.4.1 t.py $EPOCHS"
    form = filled(text, {"data:/raid/x": "claim-x", "set:EPOCHS": "3"})
    report = checker.check(text, TARGETS, form.given)
    assert [one.name for one in fields_of(report, form)] == ["data:/raid/x", "set:EPOCHS"]
    assert [one.missing for one in report.jobs[0].translations] == [(), (), ()]
