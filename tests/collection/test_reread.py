"""What a plan's status reads: the registry is asked for the plan's names, with its contents."""

from __future__ import annotations

import msgspec
import pytest

from advisor import api
from advisor.collection.reread import target_questions
from advisor.errors import InputError
from advisor.facts.snapshot import Snapshot
from advisor.probes.registry.questions import Copy
from tests.fakes.registry import RegistryTwin, served
from tests.placement.samples import host, snapshot
from tests.planning.samples import content, image, plan

NOTHING = api.CollectOptions(cluster=False, docker=False)


def here(*names: str, identity: str, **fields: str) -> Snapshot:
    """A host on this machine with one image."""
    held = msgspec.structs.replace(image(names[0], "a"), id=identity, tags=names)
    return snapshot(None, msgspec.structs.replace(host("dgx", images=(held,)), url="unix:///s"))


def test_the_registry_is_asked_whether_it_has_the_same_content() -> None:
    twin = RegistryTwin()
    digest = twin.add_image("research/lab/x", "1")
    with served(twin) as registry:
        options = api.RegistryOptions(plain_http=(registry,))
        found = []
        for identity in (twin.config_digest("research/lab/x", "1"), content("b")):
            old = here("lab/x:1", identity=identity)
            planned = plan(old, f"{registry}/research")
            later = api.read_again(planned, old, NOTHING, options)
            found += later.registries
            assert (later.cluster, later.hosts) == (None, ())
    own = twin.config_digest("research/lab/x", "1")
    assert [(one.reference, one.digest, one.holds, one.lacks) for one in found] == [
        (f"{registry}/research/lab/x:1", digest, (own,), ()),
        (f"{registry}/research/lab/x:1", digest, (), (content("b"),)),
    ]


@pytest.mark.parametrize(
    ("store", "copy"),
    [
        ("classic", Copy(config=content("a"))),
        ("containerd", Copy(manifests=(content("a"),))),
        (None, Copy(config=content("a"), manifests=(content("a"),))),
    ],
)
def test_content_is_named_as_its_store_does(store: str | None, copy: Copy) -> None:
    old = snapshot(None, host("dgx", images=(image("lab/x:1", "a"),), image_store=store))
    (one,) = target_questions(plan(old), old)
    assert (one.text, one.copies) == ("registry.example/lab/lab/x:1", (copy,))


def test_a_loopback_registry_of_another_machine_is_not_asked() -> None:
    old = snapshot(None, host("dgx", images=(image("lab/x:1", "a"),)))
    near = here("lab/x:1", identity=content("a"))
    found = [
        [one.text for one in target_questions(plan(each, "localhost:5000/r"), each)]
        for each in (old, near)
    ]
    assert found == [[], ["localhost:5000/r/lab/x:1"]]


def test_nothing_to_read_is_a_mistake() -> None:
    old = snapshot(None, host("dgx", images=(image("lab/x:1", "a"),)))
    with pytest.raises(InputError, match="there is nothing to read"):
        api.read_again(plan(old, ""), old, NOTHING, api.RegistryOptions())


def test_a_host_that_fails_is_a_failed_source_and_no_error() -> None:
    old = here("lab/x:1", identity=content("a"))
    options = api.CollectOptions(cluster=False, docker_hosts=("unix:///no/such/socket",))
    later = api.read_again(plan(old, ""), old, options, api.RegistryOptions())
    assert [(one.probe, one.status) for one in later.sources] == [("docker", "failed")]
