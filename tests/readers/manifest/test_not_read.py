"""Objects whose pods nobody sees here are told; those that make none are not."""

from __future__ import annotations

import pytest

from advisor.readers.manifest.reader import read_manifests

SPARK = """apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata: {name: count}
spec: {image: "apache/spark:3.5", executor: {gpu: {name: nvidia.com/gpu, quantity: 1}}}
"""
CRON = """apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: nightly}
spec: {schedule: "0 8 * * *", workflowSpec: {workflowTemplateRef: {name: fit}}}
"""
QUEUE = """apiVersion: kueue.x-k8s.io/v1beta1
kind: ClusterQueue
metadata: {name: all}
spec: {resourceGroups: [{flavors: [{name: a, resources: [{name: cpu, nominalQuota: 4}]}]}]}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [(SPARK, ["SparkConnect count"]), (CRON, ["CronWorkflow nightly"]), (QUEUE, [])],
)
def test_an_object_without_a_template_is_told_where_it_makes_pods(
    text: str, told: list[str]
) -> None:
    notes = read_manifests(text, "a.yaml").unread
    assert [note.split(": ")[1].partition(" is not read")[0] for note in notes] == told
