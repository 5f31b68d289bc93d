"""What a report says of the cluster that was assumed."""

from __future__ import annotations

from advisor.configuration.settings import Assumption, Settings
from advisor.judging.summaries import assumption_words, readiness_table
from advisor.rulebook.loader import load_rules
from advisor.views.readiness import readiness
from tests.views.test_readiness import COMPONENTS, RELEASES, surveyed


def test_an_assumed_cluster_is_told_with_all_that_was_stated() -> None:
    stated = Assumption(gpu_nodes=4, gpus_per_node=8, cpus=64, memory=512 * 2**30, cpu_nodes=2)
    assert assumption_words(Settings(assume=stated)) == (
        "GPU nodes: 4, nvidia.com/gpu a node: 8, cores a node: 64, memory a node: 512.0 GiB,"
        " CPU nodes: 2; amounts that are not stated count as enough"
    )
    assert assumption_words(Settings()) == ""


def test_what_no_cluster_tells_is_looked_at_by_hand_and_keeps_nothing_from_a_yes() -> None:
    parts = {**COMPONENTS, "gpu-operator": "v26.3.1"}
    whole = surveyed(components=parts)
    rules = load_rules(variables={})
    found = {
        name: readiness_table(readiness(one, RELEASES, "2.25"), one, RELEASES, rules).sentence
        for name, one in {
            "whole": whole,
            "new": surveyed(components=parts, namespaces=(), services=()),
            "unread": surveyed(components=parts, storage_classes=None),
            "old": surveyed(components=parts, version="v1.31.0"),
        }.items()
    }
    assert found == {
        "whole": "Ready for Run:ai 2.25: yes, as far as a cluster can tell; of 21 requirements"
        " 1 to look at by hand (Secrets).",
        "new": "Ready for Run:ai 2.25: yes, as far as a cluster can tell; of 21 requirements"
        " 3 to look at by hand (Load balancer, Pod Security, Secrets).",
        "unread": "Ready for Run:ai 2.25: not known; of 21 requirements"
        " 1 not known, 1 to look at by hand (Secrets).",
        "old": "Ready for Run:ai 2.25: no; of 20 requirements"
        " 1 not met, 1 to look at by hand (Secrets).",
    }


def test_what_the_newest_release_asks_for_beyond() -> None:
    table = readiness_table(
        readiness(surveyed(), RELEASES, "2.25"), surveyed(), RELEASES, load_rules(variables={})
    )
    assert table.newest == "3.0"
    assert table.between == ("Prometheus (3.13.1 or newer; seen: v3.5.0)",)
    assert table.unclear == (
        "Kubernetes (no requirement of Run:ai 3.0 is on record; its support matrix tells)",
    )
