from __future__ import annotations

import gzip
import stat
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.facts.cluster import Cluster
from advisor.facts.host import DockerHost
from advisor.facts.snapshot import Snapshot
from advisor.facts.store import decode_snapshot, encode_snapshot, load_snapshot, save_snapshot

SNAPSHOT = Snapshot(
    advisor="0.1.0",
    taken="2026-11-24T08:00:00Z",
    cluster=Cluster(context="prod", version="v1.34.3", nodes=()),
    hosts=(DockerHost(name="gpu-01", url="unix:///var/run/docker.sock", images=()),),
)
TEXT = encode_snapshot(SNAPSHOT)
MAKE_ONE = " (make one with: advisor snapshot -o FILE)"


@pytest.mark.parametrize("name", ["s.json", "s.json.gz", "s.json.zst", "s.ZST", "s"])
def test_what_was_saved_is_loaded(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)
    save_snapshot(SNAPSHOT, path)
    assert load_snapshot(path) == SNAPSHOT
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_the_same_snapshot_gives_the_same_bytes(suffix: str) -> None:
    assert encode_snapshot(SNAPSHOT, f"a{suffix}") == encode_snapshot(SNAPSHOT, f"b{suffix}")


def test_packing_follows_the_suffix() -> None:
    assert gzip.decompress(encode_snapshot(SNAPSHOT, "a.gz")) == TEXT
    assert zstandard.decompress(encode_snapshot(SNAPSHOT, "a.zst")) == TEXT


def test_a_snapshot_from_before_data_was_counted_is_loaded() -> None:
    host = DockerHost(name="gpu-01", url="ssh://gpu-01")
    old = encode_snapshot(Snapshot(advisor="0.1.0", taken="2026-11-24T08:00:00Z", hosts=(host,)))
    assert b"measured" not in old
    assert decode_snapshot(old, name="old").hosts == (host,)
    counted = DockerHost(name="gpu-01", url="ssh://gpu-01", measured=())
    new = encode_snapshot(Snapshot(advisor="0.1.0", taken="2026-11-24T08:00:00Z", hosts=(counted,)))
    assert decode_snapshot(new, name="new").hosts == (counted,)


def test_a_missing_fact_stays_missing_and_an_empty_one_empty() -> None:
    cluster = decode_snapshot(TEXT, name="f").cluster
    assert cluster is not None
    assert (cluster.nodes, cluster.claims) == ((), None)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", f"f: the file is empty{MAKE_ONE}"),
        (b" \n", f"f: the file is empty{MAKE_ONE}"),
        (b"{\n", f"f:2:1: the file ends too early{MAKE_ONE}"),
        (TEXT[:-10], f"f:1:{len(TEXT) - 9}: the file ends too early{MAKE_ONE}"),
        (b"\x00\x01\x02", f"f:1:1: not JSON: invalid character{MAKE_ONE}"),
        (b'{"schema": 1,\n oops}', f"f:2:2: not JSON: object keys must be strings{MAKE_ONE}"),
        (b"[]", f"f: not an advisor snapshot{MAKE_ONE}"),
        (b'{"a": 1}', f"f: not an advisor snapshot{MAKE_ONE}"),
        (b'{"schema": 1, "advisor": "0", "taken": ""}', f"f: not an advisor snapshot{MAKE_ONE}"),
        (TEXT.replace(b'"schema":1', b'"schema":0'), f"f: there is no schema 0{MAKE_ONE}"),
        (
            TEXT.replace(b'"hosts":[', b'"hosts":[1,'),
            f"f: a damaged snapshot: Expected `object`, got `int` - at `$.hosts[0]`{MAKE_ONE}",
        ),
        (
            TEXT.replace(b'"schema":1', b'"schema":2'),
            "f: a snapshot of schema 2, written by advisor 0.1.0; this advisor reads up to schema 1"
            " (upgrade advisor, or take the snapshot again with this version)",
        ),
        (
            encode_snapshot(SNAPSHOT, "a.gz")[:-12],
            "f: damaged packed file: Compressed file ended before the end-of-stream marker was"
            f" reached{MAKE_ONE}",
        ),
        (encode_snapshot(SNAPSHOT, "a.zst")[:-10], f"f: the packed file ends too early{MAKE_ONE}"),
    ],
)
def test_what_is_no_snapshot_is_refused_in_one_line(content: bytes, line: str) -> None:
    with pytest.raises(InputError) as refused:
        decode_snapshot(content, name="f")
    assert refused.value.line() == line


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_bomb_is_not_unpacked(pack: type[bytes]) -> None:
    with pytest.raises(InputError) as refused:
        decode_snapshot(pack(b" " * 5_000_000), name="f", most=1_000_000)
    assert refused.value.line() == "f: holds more than 1,000,000 bytes"


@given(st.binary(max_size=80))
def test_any_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        decode_snapshot(content, name="f")


@given(st.integers(0, len(TEXT) - 3), st.sampled_from(["", "a.gz", "a.zst"]))
def test_a_cut_file_is_refused(length: int, name: str) -> None:
    packed = encode_snapshot(SNAPSHOT, name)
    with pytest.raises(InputError):
        decode_snapshot(packed[: min(length, len(packed) - 12)], name="f")


def test_an_overwritten_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text("old")
    path.chmod(0o600)
    save_snapshot(SNAPSHOT, str(path))
    assert (stat.S_IMODE(path.stat().st_mode), path.read_bytes()) == (0o600, TEXT)


HEAD = b'{"schema":1,"advisor":"0","taken":"2026-01-01T00:00:00Z","registries":[],"redactions":'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + b'[],"hosts":[' + b'{"name":"","url":""},' * 21_000, "more than 20,000 hosts"),
        (HEAD + b"[" + b'{"path":"","redactor":""},' * 700_000, "more than 600,000 objects"),
    ],
)
def test_a_small_file_does_not_become_any_number_of_records(text: bytes, line: str) -> None:
    whole = text.rstrip(b",") + b"]}"
    with pytest.raises(InputError, match=line):
        decode_snapshot(zstandard.compress(whole), name="f")
