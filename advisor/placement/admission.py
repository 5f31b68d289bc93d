"""What the admission of a cluster adds to pods: node selectors and tolerations.

Which of Kubernetes' plugins are on is seen by the platform only; where that is not known, they may
be.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from advisor.facts.cluster import DEFAULT_TOLERATIONS, PLUGIN_SELECTOR, PROJECT_SELECTOR, Cluster
from advisor.facts.workload import Toleration
from advisor.findings.finding import Gap
from advisor.jobs.spec import JobSpec
from advisor.placement.node_index import Names, NodeIndex, Requirement, certain

_EXTENDED = "ExtendedResourceToleration"
_SELECTOR = "PodNodeSelector"
_TOLERATIONS = "PodTolerationRestriction"
_OPENSHIFT = "OriginPodNodeEnvironment"

_PLUGINS_BY_LABEL = {
    "cloud.google.com/gke-": frozenset({_EXTENDED}),
    "kubernetes.azure.com/": frozenset({_EXTENDED, _SELECTOR, _TOLERATIONS}),
}
"""What a managed platform has on, by the start of the labels that it gives its nodes (the manuals
of GKE and AKS on admission)."""
_PLUGINS_OF_OPENSHIFT = frozenset({_SELECTOR, _TOLERATIONS, _OPENSHIFT})
"""docs.openshift.com, the default admission plug-ins."""

_PLUGIN_OF = {
    PROJECT_SELECTOR: _OPENSHIFT,
    PLUGIN_SELECTOR: _SELECTOR,
    DEFAULT_TOLERATIONS: _TOLERATIONS,
}
"""The plugin that heeds an annotation of a namespace."""


class AddedTolerations(msgspec.Struct, frozen=True, kw_only=True):
    """Tolerations that a pod gets for certain, and those that it gets where a plugin is on, which
    nobody could see."""

    sure: tuple[Toleration, ...] = ()
    perhaps: tuple[Toleration, ...] = ()


class Admission:
    """What one cluster adds to the pods of its jobs."""

    def __init__(self, cluster: Cluster, index: NodeIndex) -> None:
        self._index = index
        self._stated = {one.name: one.annotations for one in cluster.namespaces or ()}
        self._default = next(iter(cluster.default_node_selectors or ()), "")
        self._not_openshift = cluster.openshift == ()
        labels = {label for node in index.nodes.values() for label in node.labels}
        self._on = frozenset[str]().union(
            *(
                plugins
                for start, plugins in _PLUGINS_BY_LABEL.items()
                if any(label.startswith(start) for label in labels)
            ),
            _PLUGINS_OF_OPENSHIFT if cluster.openshift else (),
        )

    def tolerations(self, job: JobSpec) -> AddedTolerations:
        """What is tolerated beside what the job says: taints that are named like an extended
        resource which it asks for, and what its namespace gives."""
        asked = (need.resource for need in job.accelerators if need.resource)
        extended = tuple(
            Toleration(key=resource, operator="Exists")
            for resource in asked
            if _EXTENDED in self._on
        )
        given = _written(self._stated.get(job.namespace, {}).get(DEFAULT_TOLERATIONS, ""))
        if _TOLERATIONS in self._on:
            return AddedTolerations(sure=(*extended, *given))
        return AddedTolerations(sure=extended, perhaps=given)

    def selectors(self, namespace: str) -> Iterable[Requirement]:
        """The labels that nodes need for pods of this namespace."""
        stated = self._stated.get(namespace, {})
        for annotation in (PROJECT_SELECTOR, PLUGIN_SELECTOR):
            asks, text = f"namespace {namespace}", stated.get(annotation)
            if annotation == PROJECT_SELECTOR and self._not_openshift:
                continue
            if annotation == PROJECT_SELECTOR and text is None:
                asks, text = "the cluster's scheduler (defaultNodeSelector)", self._default
            for pair in filter(None, (text or "").split(",")):
                key, _, value = (part.strip() for part in pair.partition("="))
                words = f"node label {key}={value}, which {asks} asks for"
                names = self._index.with_label(key, value)
                if _PLUGIN_OF[annotation] in self._on:
                    yield certain(words, names)
                else:
                    yield self.perhaps(words, names, self._index.everything, annotation)

    def perhaps(self, words: str, sure: Names, possible: Names, annotation: str) -> Requirement:
        """What depends on whether the API server heeds an annotation of the namespace."""
        gap = Gap(
            fact="use.eligible",
            probe="kubernetes",
            reason=f"whether the API server heeds {annotation} of the namespace is not known",
            settle="kubectl -n kube-system get pods -l component=kube-apiserver -o yaml | grep -e"
            " enable-admission-plugins",
        )
        return Requirement(words=words, sure=sure, possible=possible, today=sure, gap=gap)


def _written(text: str) -> tuple[Toleration, ...]:
    """Tolerations of an annotation; Go reads the names of fields in any case. Nothing where it
    cannot be read: the API server then refuses the pod."""
    try:
        entries = msgspec.json.decode(text or "[]", type=list[dict[str, str | int | None]])
    except msgspec.DecodeError:
        return ()
    fields = ({key.lower(): value for key, value in entry.items()} for entry in entries)
    return tuple(
        Toleration(
            key=str(entry.get("key") or ""),
            operator=str(entry.get("operator") or "Equal"),
            value=str(entry.get("value") or ""),
            effect=str(entry.get("effect") or ""),
        )
        for entry in fields
    )
