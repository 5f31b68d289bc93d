"""One container and its image, as the engine inspects them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from advisor.errors import ProbeError
from advisor.probes.docker.endpoint import Endpoint
from advisor.probes.docker.engine import EngineError, EngineReader, open_engine, read

NOT_FOUND = 404


def inspect_one_container(
    name: str, endpoint: Endpoint, timeout: float, environment: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The container called `name` (or with that id) and its image, None when that is gone.

    Raises ProbeError.
    """
    try:
        with open_engine(endpoint, timeout, environment) as reader:
            return inspect_container(name, reader)
    except EngineError as error:
        if error.status == NOT_FOUND:
            raise ProbeError(
                f"no container {name!r}",
                where=endpoint.url,
                remedy="docker ps --all shows the names of all there are",
            ) from None
        raise ProbeError(error.reason, where=endpoint.url) from None


def inspect_container(
    name: str, reader: EngineReader
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The same through an engine that is already open. Raises EngineError."""
    container = read(reader, f"/containers/{quote(name, safe='')}/json")
    if not isinstance(container, dict):
        raise EngineError("the answer is no container")
    return container, _image(str(container.get("Image") or ""), reader)


def _image(image: str, reader: EngineReader) -> dict[str, Any] | None:
    if not image:
        return None
    try:
        found = read(reader, f"/images/{quote(image, safe='')}/json")
    except EngineError as error:
        if error.status == NOT_FOUND:
            return None
        raise
    return found if isinstance(found, dict) else None
