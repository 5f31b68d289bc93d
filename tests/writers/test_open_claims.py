"""The names of claims that are still to be given, in a command."""

from __future__ import annotations

import pytest

from advisor.jobs.translation import Situation
from advisor.readers.specs import read_specs
from advisor.writers import write


@pytest.mark.parametrize(
    ("mounts", "names"),
    [
        ("-v /raid/in:/a -v /raid/out:/b", ["IN_CLAIM", "OUT_CLAIM"]),
        ("-v /raid/sets/2:/a -v /logs/2:/b", ["RAID_SETS_2_CLAIM", "LOGS_2_CLAIM"]),
        ("-v /x/data/:/a -v ~/data:/b -v /y:/c", ["X_DATA_CLAIM", "DATA_CLAIM", "Y_CLAIM"]),
        ("-v /raid/in:/a -v /raid/in:/b:ro", ["IN_CLAIM", "IN_CLAIM"]),
    ],
)
def test_two_places_of_data_are_never_one_claim(mounts: str, names: list[str]) -> None:
    (job,) = read_specs([f"docker run {mounts} reg.example/team/fit:1"]).jobs
    text = write(job, Situation(target="runai-v2")).text
    assert [part.partition(":?")[0] for part in text.split('claimname="${')[1:]] == names
