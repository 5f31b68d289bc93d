"""Everything an engine lists: images, containers and volumes, each inspected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from advisor.errors import fault
from advisor.facts.host import Container, HostImage, Mount, Volume
from advisor.probes.docker.containers import count_users, inspected_container, listed_volume
from advisor.probes.docker.documents import Document
from advisor.probes.docker.engine import NOT_FOUND, EngineError, Reading, read
from advisor.probes.docker.images import inspected_image, listed_image

_SAMPLES = 20
# Files that engines themselves put into a layer.
_ENGINE_FILES = frozenset(
    {
        "/.dockerenv",
        "/run/.containerenv",
        "/etc/hostname",
        "/etc/hosts",
        "/etc/mtab",
        "/etc/resolv.conf",
        "/dev/console",
    }
)


class Listing(NamedTuple):
    """What one engine holds; a list that was refused is None."""

    images: tuple[HostImage, ...] | None
    containers: tuple[Container, ...] | None
    volumes: tuple[Volume, ...] | None


def read_listing(reading: Reading, host: str, *, podman: bool) -> Listing:
    """All lists, sorted by name or id. `host` is the name that facts are filed under."""
    images, configs = _read_images(reading, host)
    containers = _read_containers(reading, host, configs, podman=podman)
    volumes = _read_volumes(reading, host, containers)
    return Listing(
        images=None if images is None else tuple(sorted(images, key=lambda i: (i.tags, i.id))),
        containers=None if containers is None else tuple(containers),
        volumes=None if volumes is None else tuple(volumes),
    )


def _read_images(reading: Reading, host: str) -> tuple[list[HostImage] | None, dict[str, Document]]:
    """The images, and by id what their inspection said."""
    listed = reading.ask_list("images/json", f"hosts[{host}].images")
    if listed is None:
        return None, {}
    configs: dict[str, Document] = {}

    def inspect(document: Document) -> HostImage:
        identity = document.text("Id")
        fact = f"hosts[{host}].images[{identity}].layers"
        inspected = reading.ask_object(f"images/{identity}/json", fact, having=("Id", "ID"))
        if inspected is None:
            return listed_image(document)
        configs[identity] = inspected
        return inspected_image(document, inspected)

    return reading.each("images", f"hosts[{host}].images", inspect, listed), configs


def _read_containers(
    reading: Reading, host: str, configs: dict[str, Document], *, podman: bool
) -> list[Container] | None:
    listed = reading.ask_list("containers/json", f"hosts[{host}].containers", all="1")
    if listed is None:
        return None

    def inspect(document: Document) -> Container | None:
        name = _name_of(document)
        inspected = _inspect_container(reading, host, document.text("Id"), name)
        if inspected is None:
            return None
        image = configs.get(inspected.text("Image"), Document(None))
        container = inspected_container(inspected, image, podman=podman)
        return _with_changes(reading, host, container)

    containers = reading.each("containers", f"hosts[{host}].containers", inspect, listed)
    return sorted(containers, key=lambda container: (container.name, container.id))


def _inspect_container(reading: Reading, host: str, identity: str, name: str) -> Document | None:
    """With the size of its layer, or without where measuring fails or takes too long."""
    resource, fact = f"containers/{name}", f"hosts[{host}].containers[{name}]"
    try:
        return _container(read(reading.reader, f"/containers/{identity}/json", size="1"))
    except EngineError as error:
        if error.status == NOT_FOUND:
            reading.refuse_one(resource, "containers", identity, error, fact)
            return None
        reading.refuse(f"{resource}/size", error.reason, f"{fact}.layer_size", supplement=True)
    try:
        return _container(read(reading.reader, f"/containers/{identity}/json"))
    except EngineError as error:
        reading.refuse(resource, error.reason, fact)
        return None


def _container(answer: Any) -> Document:
    document = Document(answer)
    if not document.text("Id"):
        raise EngineError("the answer is no container")
    return document


def _with_changes(reading: Reading, host: str, container: Container) -> Container:
    """The container with the changes of its layer."""
    resource = f"containers/{container.name}/changes"
    try:
        changes = _decode_changes(reading.reader.get(f"/containers/{container.id}/changes"))
    except EngineError as error:
        fact = f"hosts[{host}].containers[{container.name}].layer_changes"
        reading.refuse_one(resource, "containers", container.id, error, fact)
        return container
    layer = summarise_changes(changes, container.mounts)
    return msgspec.structs.replace(container, layer_changes=layer.total, layer_paths=layer.paths)


def _decode_changes(body: bytes) -> list[str]:
    """The paths alone: a layer can hold a hundred thousand of them."""
    text = body.decode(errors="replace")
    try:
        changes = msgspec.json.decode(text, type=list[_Change] | None)
    except (msgspec.DecodeError, RecursionError) as error:
        raise EngineError(f"the list of changes cannot be read: {error}") from None
    return [change.Path for change in changes or ()]


def _read_volumes(
    reading: Reading, host: str, containers: list[Container] | None
) -> list[Volume] | None:
    """Volumes with the number of their containers, where that is known."""
    fact = f"hosts[{host}].volumes"
    answer = reading.ask_object("volumes", fact, having=("Volumes",))
    if answer is None:
        return None
    if warnings := answer.texts("Warnings"):
        # A driver that does not answer leaves its volumes out.
        reading.refuse("volumes", "; ".join(warnings), fact)
    listed = answer.documents("Volumes")
    if odd := answer.count("Volumes") - len(listed):
        reading.refuse("volumes", f"{odd} of {odd + len(listed)} entries are no volumes", fact)
    volumes = []
    for document in listed:
        try:
            volume = listed_volume(document)
        except Exception as error:  # whatever is wrong with one is wrong with no other
            reading.refuse(f"volumes/{document.text('Name')}", fault(error), fact)
            continue
        users = None if containers is None else count_users(volume.name, containers)
        volumes.append(msgspec.structs.replace(volume, users=users))
    return sorted(volumes, key=lambda volume: volume.name)


def _name_of(listed: Document) -> str:
    """The primary name; links to it have a slash inside theirs."""
    names = [name.removeprefix("/") for name in listed.texts("Names")]
    return next((name for name in names if "/" not in name), listed.text("Id")[:12])


class _Change(msgspec.Struct):
    """One changed path."""

    Path: str


class LayerChanges(NamedTuple):
    """`total` of all changed paths; `paths` are some that somebody's work may be in."""

    total: int
    paths: tuple[str, ...]


def summarise_changes(changes: Sequence[str], mounts: Iterable[Mount]) -> LayerChanges:
    """The changes, with up to 20 sample paths, without folders that only hold changed ones.

    Engine files and the points of mounts count, but are no samples.
    """
    noise = _ENGINE_FILES | {mount.target.rstrip("/") for mount in mounts}
    paths = sorted(set(changes))
    folders = {path.rpartition("/")[0] for path in paths}
    own = [path for path in paths if path not in noise and path not in folders]
    return LayerChanges(len(changes), tuple(own[:_SAMPLES]))
