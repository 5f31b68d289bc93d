from __future__ import annotations

import pytest

from advisor.probes.kubernetes.discovery import Served, discover
from advisor.probes.kubernetes.reads import PODS, Read
from advisor.probes.kubernetes.transport import Client, ReadError
from tests.fakes.kubernetes_api import FakeKubernetesApi, Json, Pauses, answer

SLICES = Read(
    group="resource.k8s.io",
    versions=("v1", "v1beta2", "v1beta1"),
    resource="resourceslices",
    facts=(),
    why="",
    optional=True,
)


def served(body: Json) -> Served:
    api = FakeKubernetesApi(faults={"/apis": [answer(200, body)]})
    return discover(Client(api, pause=Pauses()))


def test_the_aggregated_form_says_which_version_has_the_resource() -> None:
    body: Json = {
        "items": [
            None,
            {
                "metadata": {"name": "resource.k8s.io"},
                "versions": [
                    {"version": "v1", "resources": [{"resource": "deviceclasses"}, None]},
                    {"version": "v1beta1", "resources": [{"resource": "resourceslices"}]},
                ],
            },
        ]
    }
    assert served(body).versions(SLICES) == ("v1beta1",)


def test_the_old_form_says_only_which_versions_there_are() -> None:
    versions = [{"version": "v1beta1"}, {"version": "v1beta2"}]
    body: Json = {"groups": [{"name": "resource.k8s.io", "versions": versions}]}
    assert served(body).versions(SLICES) == ("v1beta2", "v1beta1")


@pytest.mark.parametrize("body", [{}, {"items": None}, {"groups": [{"name": None}]}])
def test_what_is_not_listed_is_not_served_but_the_core_always_is(body: Json) -> None:
    assert (served(body).versions(SLICES), served(body).versions(PODS)) == ((), ("v1",))


def test_nonsense_is_a_failed_read() -> None:
    with pytest.raises(ReadError, match="its list of APIs is malformed"):
        served({"items": 7})
