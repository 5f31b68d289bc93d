"""A container on a Docker host, read from what its engine says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from advisor.jobs.spec import JobImage, JobSpec
from advisor.jobs.word import word
from advisor.readers.docker_run.inspected import Inspected
from advisor.readers.docker_run.inspected_flags import run_words
from advisor.readers.docker_run.reader import read_existing

READER = "container"


def read_container(inspect: Mapping[str, Any], image_inspect: Mapping[str, Any] | None) -> JobSpec:
    """The job that a container is, without what its image sets; None: the image is gone.

    Its items are the flags that would make it again; they have no words. An architecture that the
    container does not name is its image's. Raises InputError for an answer that is no container.
    """
    container, image = Inspected(inspect), Inspected(image_inspect)
    spec = read_existing([word(text) for text in run_words(container, image)])
    name = container.text("Name").removeprefix("/") or container.text("Id")[:12]
    architecture = image.text("Architecture")
    return msgspec.structs.replace(
        spec,
        id=f"{READER}:{name}",
        label=name,
        kind=READER,
        reader=READER,
        images=tuple(
            JobImage(
                reference=one.reference,
                pull_policy=one.pull_policy,
                image_id=container.text("Image"),
            )
            for one in spec.images
        ),
        architectures=spec.architectures or ((architecture,) if architecture else ()),
        items=tuple(
            msgspec.structs.replace(item, words=())
            for item in spec.items
            if not item.name.startswith("docker ")
        ),
    )
