"""Which mount holds a path, by tables as kernels write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.facts.host import Filesystem
from advisor.facts.mount_table import parse_mount_table

TABLE = r"""
20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
21 20 0:5 / /proc rw - proc proc rw
22 20 9:0 / /raid rw shared:2 master:3 - xfs /dev/md0 rw
23 22 0:40 / /raid/nfs rw - nfs4 filer:/export/data rw,vers=4.2,addr=10.0.0.9
24 20 0:41 / /mnt/with\040blank\134and\011tab rw - cifs //filer/share rw,username=u,password=p
25 20 0:42 / /home rw - autofs /etc/auto.home rw,fd=6
26 25 0:43 / /home/ann rw - nfs filer:/home/ann rw
27 20 8:1 /srv/data /data rw - ext4 /dev/sda1 rw
28 20 0:44 / /over rw - ext4 /dev/sdb1 rw
29 28 0:45 / /over/below rw - xfs /dev/sdc1 rw
30 28 0:46 / /over rw - tmpfs tmpfs rw
31 20 0:47 / /auto rw - autofs systemd-1 rw,direct
32 31 0:48 / /auto rw - lustre 10.0.0.1@tcp:/scratch rw
33 20 0:49 / /dav rw - fuse.davfs https://ann:hunter2@dav.lab/x rw
34 999 0:50 / /lost rw - btrfs /dev/sdd1 rw
not a mount
35 20 0:51 / /cut rw -
""".strip("\n")

PATHS = {
    "/": ("/", "ext4", "/dev/sda1"),
    "/etc/passwd": ("/", "ext4", "/dev/sda1"),
    "/raid": ("/raid", "xfs", "/dev/md0"),
    "/raid/x/../y": ("/raid", "xfs", "/dev/md0"),
    "/raidx": ("/", "ext4", "/dev/sda1"),
    "//raid//nfs/": ("/raid/nfs", "nfs4", "filer:/export/data"),
    "/raid/nfs/a/b": ("/raid/nfs", "nfs4", "filer:/export/data"),
    "/raid/nfs2": ("/raid", "xfs", "/dev/md0"),
    "/mnt/with blank\\and\ttab/x": ("/mnt/with blank\\and\ttab", "cifs", "//filer/share"),
    "/home/ann/x": ("/home/ann", "nfs", "filer:/home/ann"),
    "/over/below/x": ("/over", "tmpfs", "tmpfs"),
    "/auto/x": ("/auto", "lustre", "10.0.0.1@tcp:/scratch"),
    "/dav/x": ("/dav", "fuse.davfs", "https://[redacted]@dav.lab/x"),
    "/lost/x": ("/lost", "btrfs", "/dev/sdd1"),
    "/cut/x": ("/", "ext4", "/dev/sda1"),
}


@pytest.mark.parametrize(("path", "expected"), PATHS.items())
def test_the_mount_that_holds_a_path(path: str, expected: tuple[str, str, str]) -> None:
    point, kind, device = expected
    found = parse_mount_table(TABLE).find(path)
    assert found == Filesystem(mount_point=point, type=kind, device=device)


def test_a_bind_says_which_folder_it_shows() -> None:
    assert parse_mount_table(TABLE).find("/data/x") == Filesystem(
        mount_point="/data", type="ext4", device="/dev/sda1", root="/srv/data"
    )


def test_below_an_automounter_nothing_is_known_until_it_has_mounted() -> None:
    assert parse_mount_table(TABLE).find("/home/bob/x") is None


@pytest.mark.parametrize("text", ["", "\n", "1 2 3", "a b c d e f - g"])
def test_without_a_table_nothing_is_known(text: str) -> None:
    assert parse_mount_table(text).find("/data") is None


def test_a_point_is_mounted_only_where_it_can_be_seen() -> None:
    table = parse_mount_table(TABLE)
    assert [table.mounted_at(p) for p in ("/raid/nfs", "/raid/x", "/over/below", "/over")] == [
        True,
        False,
        False,
        True,
    ]


@given(st.text())
def test_any_text_is_read_as_a_table(text: str) -> None:
    assert parse_mount_table(text).find(text) is None or " - " in text
