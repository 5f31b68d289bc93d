"""How several readers divide the pods of a cluster between them by namespace."""

from __future__ import annotations

import threading
from collections.abc import Iterable


class NamespaceShares:
    """The front reader lists all pods in the server's order; others take whole namespaces from
    the end of that order, until the two meet. Each namespace belongs to exactly one reader.
    """

    def __init__(self, namespaces: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._free = sorted(set(namespaces), key=_order)
        self._taken: set[str] = set()

    def take_last(self) -> str | None:
        """The last namespace nobody has; None when there is none left."""
        with self._lock:
            if not self._free:
                return None
            namespace = self._free.pop()
            self._taken.add(namespace)
            return namespace

    def reach(self, namespaces: Iterable[str]) -> tuple[frozenset[str], bool]:
        """The front reader met these, in order: which are its own, and whether it should go on."""
        with self._lock:
            met = list(namespaces)
            own = frozenset(name for name in met if name not in self._taken)
            if met:
                self._free = [name for name in self._free if _order(name) > _order(met[-1])]
            return own, bool(self._free) or not met or met[-1] in own


def _order(namespace: str) -> str:
    """Objects are stored by `namespace/name`, so `a-b` comes before `a`."""
    return f"{namespace}/"
