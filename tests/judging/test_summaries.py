"""What a report says of the cluster that was assumed."""

from __future__ import annotations

from advisor.configuration.settings import Assumption, Settings
from advisor.judging.summaries import assumption_words


def test_an_assumed_cluster_is_told_with_all_that_was_stated() -> None:
    stated = Assumption(gpu_nodes=4, gpus_per_node=8, cpus=64, memory=512 * 2**30, cpu_nodes=2)
    assert assumption_words(Settings(assume=stated)) == (
        "GPU nodes: 4, nvidia.com/gpu a node: 8, cores a node: 64, memory a node: 512.0 GiB,"
        " CPU nodes: 2; amounts that are not stated count as enough"
    )
    assert assumption_words(Settings()) == ""
