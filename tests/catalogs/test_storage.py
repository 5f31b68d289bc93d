"""What the table of storage provisioners answers, with its condition and its sources."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from advisor.catalogs import load_catalog
from advisor.catalogs.storage import Serves, StorageCatalog, look_up

TABLE = load_catalog("storage_provisioners", StorageCatalog)
LONGHORN = "Longhorn's share manager, which needs an NFSv4 client on every node"


@pytest.mark.parametrize(
    ("name", "parameters", "serves", "outside", "condition"),
    [
        ("driver.longhorn.io", {}, "depends", True, LONGHORN),
        ("driver.longhorn.io", {"dataLocality": "Strict-Local"}, "node-local", False, ""),
        ("driver.longhorn.io", {"migratable": "true"}, "one-node", False, ""),
        ("driver.longhorn.io", {"migratable": "false"}, "depends", True, LONGHORN),
        ("linstor.csi.linbit.com", {}, "one-node", False, ""),
        ("org.democratic-csi.local-hostpath", {}, "node-local", False, ""),
    ],
)
def test_answers(
    name: str, parameters: Mapping[str, str], serves: Serves, outside: bool, condition: str
) -> None:
    answer = look_up(TABLE, name, parameters)
    assert answer is not None
    assert (answer.serves, answer.outside, answer.condition) == (serves, outside, condition)
    assert answer.links
    assert all(link.startswith("https://") for link in answer.links)


def test_a_provisioner_that_is_not_in_the_table() -> None:
    assert look_up(TABLE, "odd.example", {}) is None
