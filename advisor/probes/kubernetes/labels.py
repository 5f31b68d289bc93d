"""Which labels and annotations of an object are kept.

Annotations can hold whole manifests, secrets included (kubectl's last-applied-configuration), so
only those that advisor itself acts on are. Labels of pods often differ from pod to pod; the kept
ones say whose they are and what they are part of.
"""

from __future__ import annotations

import re
from collections import abc

_GPU_SHARES = ("gpu-fraction", "gpu-memory")
_KEPT_ANNOTATIONS = frozenset(
    {"user", "owner", "runai/user", "runai-user", "username", *_GPU_SHARES}
)
_KEPT_ANNOTATION_PREFIXES = ("advisor/",)
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_KEPT_LABELS = frozenset(
    {
        "app",
        "component",
        "k8s-app",
        "owner",
        "project",
        "release",
        "team",
        "user",
        "helm.sh/chart",
        "kueue.x-k8s.io/queue-name",
        "kai.scheduler/queue",
    }
)
_KEPT_LABEL_PREFIXES = ("app.kubernetes.io/", "run.ai/", "runai/", "advisor/")

Mapping = dict[str, str | None] | None


def own_annotations(annotations: Mapping) -> dict[str, str]:
    """Annotations that advisor acts on or that name an owner."""
    return _kept(annotations, _KEPT_ANNOTATIONS, _KEPT_ANNOTATION_PREFIXES)


def gpu_share(annotations: abc.Mapping[str, str | None] | None) -> str:
    """The part of a GPU that Run:ai and KAI read there, as `gpu-fraction=0.5`; empty: none."""
    stated = {key: str((annotations or {}).get(key)) for key in _GPU_SHARES}
    return next((f"{key}={text}" for key, text in stated.items() if _NUMBER.fullmatch(text)), "")


def own_labels(labels: Mapping) -> dict[str, str]:
    """Labels that say whose a workload is, or which part of what."""
    return _kept(labels, _KEPT_LABELS, _KEPT_LABEL_PREFIXES)


def _kept(mapping: Mapping, names: frozenset[str], prefixes: tuple[str, ...]) -> dict[str, str]:
    return {
        key: value or ""
        for key, value in (mapping or {}).items()
        if key in names or key.startswith(prefixes)
    }
