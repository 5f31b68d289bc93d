"""What the tables say of where data lies: of storage provisioners, with condition and sources, of
filesystems, of paths of the system, and of files by their names."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from advisor.catalogs import load_catalog
from advisor.catalogs.storage import (
    FileNameCatalog,
    FilesystemCatalog,
    Serves,
    StorageCatalog,
    SystemPath,
    SystemPathCatalog,
    look_up,
)

TABLE = load_catalog("storage_provisioners", StorageCatalog)
PATHS = load_catalog("system_paths", SystemPathCatalog)
FILES = load_catalog("file_names", FileNameCatalog)
FILESYSTEMS = load_catalog("filesystems", FilesystemCatalog)
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


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/", ("/", "exact")),
        ("//", ("/", "exact")),
        ("/proc/", ("/proc", "prefix")),
        ("/proc/1", ("/proc", "prefix")),
        ("/procx", None),
        ("/etc/hosts.d", ("/etc", "prefix")),
        ("/etc/passwd", ("/etc/passwd", "exact")),
        ("/usr/share/zoneinfo/UTC", ("/usr/share/zoneinfo", "prefix")),
        ("/home/ada/.ssh", ("/.ssh", "suffix")),
        ("/home/ada/.ssh/id_rsa", ("/.ssh", "suffix")),
        ("/home/ada/.sshx", None),
        ("/usr/bin/nvidia-smi", ("/usr/bin/nvidia-", "start")),
        ("/raid/usr/bin/nvidia-smi", None),
        ("$SSH_AUTH_SOCK", ("SSH_AUTH_SOCK", "variable")),
        ("${SSH_AUTH_SOCK}", ("SSH_AUTH_SOCK", "variable")),
        ("${SSH_AUTH_SOCK:-/x}", ("SSH_AUTH_SOCK", "variable")),
        ("$SSH_AUTH_SOCKETS", None),
        ("/raid/$SSH_AUTH_SOCK", None),
        ("/var/lib/docker/volumes/x", None),
        ("/dev/shm", ("/dev/shm", "exact")),
        ("/dev/shm/kept", None),
        ("/raid/data", None),
    ],
)
def test_a_path_of_the_system(path: str, entry: tuple[str, str] | None) -> None:
    """The longest entry says it, and `/dev/shm` has one for itself and one for what is below."""
    found = PATHS.find(path)
    assert (found and (found.path, found.match)) == entry


def test_an_exact_path_goes_before_another_of_its_length() -> None:
    exact = SystemPath(path="/a/b", kind="one", match="exact")
    prefix = SystemPath(path="/a/b", kind="all", match="prefix")
    for paths in ((exact, prefix), (prefix, exact)):
        table = SystemPathCatalog(paths=paths)
        assert [table.find("/a/b"), table.find("/a/b/c"), table.find("/a")] == [exact, prefix, None]


def test_a_table_without_a_pattern_matches_nothing() -> None:
    assert SystemPathCatalog(paths=()).find("/etc") is None


@pytest.mark.parametrize(
    ("source", "target", "content"),
    [
        ("/a/config.yaml", "/c/config.yaml", "settings"),
        ("/a/config.yaml", "/c/config.json", None),
        ("$CONFIG", "/c/config.yaml", "settings"),
        ("$CONFIG", "/c", None),
        ("$FOLDER/config.json", "/c/config.yaml", None),
        ("CONFIG", "/c/config.yaml", None),
        ("/a/run.sh", "/b/start.sh", "script"),
        ("/a/.env", "/b", "key"),
        ("/a", "/b/Dockerfile", "settings"),
        ("/a/v1.2", "/b/v1.2", None),
        ("/a/config.yaml/", "/b/config.yaml", None),
        ("/a/config.yaml", "/b/config.yaml/", None),
    ],
)
def test_a_file_by_its_names(source: str, target: str, content: str | None) -> None:
    assert FILES.content(source, target) == content


def test_a_filesystem_that_the_table_cannot_tell() -> None:
    known = {kind: FILESYSTEMS.network(kind) for kind in ("nfs4", "ext4", "fuse", "odd")}
    assert known == {"nfs4": True, "ext4": False, "fuse": None, "odd": None}
