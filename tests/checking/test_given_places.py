"""Places of data that were given in vain."""

from __future__ import annotations

import pytest

from advisor import api
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation

COMMAND = (
    "docker run -v /raid/sets:/data -v ./here:/here -v $HOME/d:/d -v vol:/v"
    " -v /etc/localtime:/etc/localtime:ro lab/train:3"
)


def notes(*places: NfsExport | ClaimMapping, command: str = COMMAND) -> tuple[str, ...]:
    given = Situation(
        target="runai-v2",
        exports=tuple(one for one in places if isinstance(one, NfsExport)),
        claims=tuple(one for one in places if isinstance(one, ClaimMapping)),
    )
    checked = api.check([command], given=given).notes
    assert api.translate([command], "runai-v2", given=given).notes == checked
    return checked


def nfs(path: str) -> NfsExport:
    return NfsExport(server="filer", export="/vol", path=path)


@pytest.mark.parametrize(
    "path", ["/raid", "/raid/sets/", "$PWD/here", "$HOME/d", "vol", "/etc/localtime"]
)
def test_a_place_that_serves_a_mount_needs_no_note(path: str) -> None:
    assert notes(nfs(path), ClaimMapping(claim="all")) == ()


def test_a_place_that_serves_none_is_told_with_those_there_are() -> None:
    there = "it is at $HOME/d, $PWD/here, /raid/sets, vol"
    assert notes(nfs("/rai"), ClaimMapping(claim="sets", path="/raid/set")) == (
        f"--nfs filer:/vol=/rai: no job has data at /rai; {there}",
        f"--data-claim sets=/raid/set: no job has data at /raid/set; {there}",
    )


def test_a_job_without_data_has_no_paths() -> None:
    given = (nfs("/raid"), ClaimMapping(claim="all"))
    assert notes(*given, command="docker run lab/train:3") == (
        "--nfs filer:/vol=/raid: no job has data at /raid; there is none",
        "--data-claim all: no job has data",
    )


def test_only_some_of_many_paths_are_named() -> None:
    mounts = " ".join(f"-v /d{number}:/d{number}" for number in range(7))
    assert notes(nfs("/raid"), command=f"docker run {mounts} lab/train:3") == (
        "--nfs filer:/vol=/raid: no job has data at /raid; it is at /d0, /d1, /d2, /d3, /d4 and 2"
        " more",
    )
