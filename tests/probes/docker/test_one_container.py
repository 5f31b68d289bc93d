from __future__ import annotations

import pytest

from advisor.probes.docker.engine import EngineError
from advisor.probes.docker.one_container import inspect_container
from tests.fakes.engines import RecordedEngine

CONTAINER = {"Name": "/train", "Image": "sha256:ab"}


def test_a_container_and_its_image() -> None:
    engine = RecordedEngine(
        {"/containers/train/json": CONTAINER, "/images/sha256%3Aab/json": {"Id": "sha256:ab"}}
    )
    assert inspect_container("train", engine) == (CONTAINER, {"Id": "sha256:ab"})


def test_an_image_that_is_gone() -> None:
    engine = RecordedEngine({"/containers/train/json": CONTAINER})
    assert inspect_container("train", engine) == (CONTAINER, None)


def test_a_container_that_is_not_there() -> None:
    with pytest.raises(EngineError, match="404"):
        inspect_container("a/b", RecordedEngine({}))
