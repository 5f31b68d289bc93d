from __future__ import annotations

from pathlib import Path

import yaml

from advisor.probes.kubernetes.reads import NON_RESOURCE_PATHS, READS, cluster_role

SHIPPED = Path(__file__).parents[3] / "deploy" / "clusterrole.yaml"


def test_the_shipped_role_is_the_one_made_from_the_reads() -> None:
    assert SHIPPED.read_text() == cluster_role()


def test_the_role_grants_each_read_and_nothing_else() -> None:
    first, *rules = yaml.safe_load(cluster_role())["rules"]
    assert first == {"nonResourceURLs": list(NON_RESOURCE_PATHS), "verbs": ["get"]}
    granted = {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert granted == {(read.group, read.resource, read.verb) for read in READS}


def test_no_read_writes_or_touches_secrets() -> None:
    assert {read.verb for read in READS} == {"list"}
    assert not [read.name for read in READS if "secret" in read.resource or "*" in read.resource]
