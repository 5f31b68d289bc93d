"""The second stage of collecting: registries are asked once the images are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import api
from advisor.errors import InputError
from advisor.facts.host import DockerHost, HostImage
from advisor.facts.snapshot import RegistryImage
from advisor.facts.source import Source
from tests.fakes.registry import RegistryTwin, served

NAME = "no-such-host.invalid/a:1"
NOBODY = "there is no host of that name"


def seen(*tags: str) -> api.Snapshot:
    host = DockerHost(name="h", url="unix:///s", images=(HostImage(id="sha256:1", tags=tags),))
    return api.Snapshot(advisor="0", taken="2026-01-01T00:00:00Z", hosts=(host,))


def clock() -> str:
    return "2026-01-02T00:00:00Z"


@pytest.fixture
def saved(tmp_path: Path) -> str:
    path = str(tmp_path / "s.json")
    api.save_snapshot(seen(NAME, "localhost/b:1", "127.0.0.1:5000/c:1"), path)
    return path


def test_the_registries_of_a_saved_snapshot_are_asked(saved: str) -> None:
    options = api.CollectOptions(snapshots=(saved,), registries=api.RegistryOptions(timeout=60))
    found = api.collect(options, clock=clock)
    assert found.taken == clock()
    assert found.registries == (
        RegistryImage(reference=NAME, status="unreachable", reason=NOBODY, taken=clock()),
    )
    assert [(one.probe, one.target, one.status, one.asked) for one in found.sources] == [
        ("registry", "no-such-host.invalid", "failed", True)
    ]


def test_nobody_is_asked_unless_the_user_says_so(saved: str) -> None:
    assert api.collect(api.CollectOptions(snapshots=(saved,))).registries == ()


def test_references_of_a_plan_are_asked_instead() -> None:
    twin = RegistryTwin()
    digest = twin.add_image("lab/train", "1")
    with served(twin) as host:
        names = [f"{host}/lab/train:1", f"{host}/lab/train:2"]
        options = api.RegistryOptions(plain_http=(host,))
        found = api.ask_registries(seen(NAME), options, references=names, clock=clock)
    assert [(one.reference, one.status, one.digest) for one in found.registries] == [
        (names[0], "verified", digest),
        (names[1], "missing", ""),
    ]
    assert found.hosts[0].name == "h"


def test_names_of_elsewhere_are_asked_too(saved: str) -> None:
    other = "no-such-host.invalid/of/a/file:1"
    options = api.CollectOptions(
        snapshots=(saved,),
        registries=api.RegistryOptions(timeout=60),
        references=(other, "localhost:5000/lab/train:1", NAME),
    )
    found = api.collect(options, clock=clock)
    assert [one.reference for one in found.registries] == [NAME, other]


def test_a_snapshot_without_images_stays_as_it_is() -> None:
    assert api.ask_registries(seen("localhost/a:1"), api.RegistryOptions()) == seen("localhost/a:1")


def test_a_source_that_failed_before_is_replaced() -> None:
    twin = RegistryTwin()
    twin.add_image("a", "1")
    with served(twin) as host:
        failed = Source(probe="registry", target=host, status="failed")
        before = api.Snapshot(advisor="0", taken="2026-01-01T00:00:00Z", sources=(failed,))
        options = api.RegistryOptions(plain_http=(host,))
        after = api.ask_registries(before, options, references=[f"{host}/a:1"], clock=clock)
    assert [one.status for one in after.sources] == ["ok"]


def test_options_are_checked_before_anything_is_read() -> None:
    options = api.CollectOptions(
        snapshots=("/no/such",), registries=api.RegistryOptions(authority="/no/such.pem")
    )
    with pytest.raises(InputError, match=r"/no/such\.pem: cannot be used as a certificate"):
        api.collect(options)
