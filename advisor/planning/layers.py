"""How much of each image is left to send once the images before it are in the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Layered(NamedTuple):
    """An image to push: its chain of layers from the base up, its size in bytes (None: unknown)."""

    id: str
    host: str
    layers: Sequence[str]
    size: int | None
    uses: int


class Share(NamedTuple):
    """What is sent for one image. `after` is the id of the image whose layers it builds on."""

    id: str
    bytes: int | None
    at_most: bool
    after: str


class LayerTree:
    """Chains as paths from one root, so that a common beginning is a common path."""

    def __init__(self, images: Iterable[Layered]) -> None:
        self._children: dict[tuple[int, str], int] = {}
        self.paths = {image.id: self._path(image.layers) for image in images}
        self._above: dict[int, int] = {}
        for path in self.paths.values():
            for node in path:
                self._above[node] = self._above.get(node, 0) + 1

    def _path(self, layers: Sequence[str]) -> tuple[int, ...]:
        node, path = 0, []
        for layer in layers:
            node = self._children.setdefault((node, layer), len(self._children) + 1)
            path.append(node)
        return tuple(path)

    def dependants(self, image: str) -> int:
        """How many other images begin with the whole chain of this one."""
        path = self.paths[image]
        return self._above[path[-1]] - 1 if path else 0


def push_order(images: Sequence[Layered], tree: LayerTree) -> list[Layered]:
    """What others build on first, then what most jobs use; equals by id.

    An image always comes after those it begins with: those have more dependants, or the same chain.
    """
    return sorted(images, key=lambda one: (-tree.dependants(one.id), -one.uses, one.id))


def shares(ordered: Iterable[Layered], tree: LayerTree) -> list[Share]:
    """What is left to send of each, given in the order of the pushes.

    Sizes of layers are not known, only those of images: what is saved is certain where a whole
    image came before, and otherwise makes the number an upper bound. Only pushes of the same host
    count as certain: an engine does not know what another one has sent.
    """
    sent: dict[tuple[str, int], Layered] = {}
    seen: set[int] = set()
    found = []
    for image in ordered:
        path = tree.paths[image.id]
        found.append(_share(image, path, sent, seen))
        seen.update(path)
        if path:
            sent.setdefault((image.host, path[-1]), image)
    return found


def _share(
    image: Layered,
    path: Sequence[int],
    sent: dict[tuple[str, int], Layered],
    seen: set[int],
) -> Share:
    depth, base = next(
        (
            (depth, sent[image.host, path[depth]])
            for depth in range(len(path) - 1, -1, -1)
            if (image.host, path[depth]) in sent
        ),
        (-1, None),
    )
    more = depth + 1 < len(path) and path[depth + 1] in seen
    if image.size is None:
        return Share(image.id, None, False, base.id if base else "")
    if base is None:
        return Share(image.id, image.size, more, "")
    if base.size is None:
        return Share(image.id, image.size, True, base.id)
    return Share(image.id, max(image.size - base.size, 0), more, base.id)
