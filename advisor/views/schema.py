"""Which facts a rule may name: the view of each scope."""

from __future__ import annotations

from advisor.views.base import ViewFacts
from advisor.views.cluster_facts import ClusterFacts
from advisor.views.data_facts import DataFacts
from advisor.views.host_facts import HostFacts
from advisor.views.image_facts import ImageFacts
from advisor.views.job_facts import JobFacts
from advisor.views.node_facts import NodeFacts
from advisor.views.storageclass_facts import StorageClassFacts
from advisor.views.use_facts import UseFacts

VARIABLES: dict[str, type[ViewFacts]] = {
    "cluster": ClusterFacts,
    "node": NodeFacts,
    "image": ImageFacts,
    "data": DataFacts,
    "storageclass": StorageClassFacts,
    "workload": JobFacts,
    "job": JobFacts,
    "host": HostFacts,
    "use": UseFacts,
}
"""The variable of each scope, and `use`; `needs` and examples are checked against them."""
