"""Files from which another program makes objects: Helm charts, kustomizations and their patches."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from advisor.errors import InputError, encodable
from advisor.readers.yaml_documents import is_template, parse_documents

KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_CHANGING = frozenset(
    {"patches", "patchesStrategicMerge", "patchesJson6902", "images", "namespace", "namePrefix"}
    | {"nameSuffix", "replicas", "components", "transformers", "replacements", "helmCharts"}
    | {"generators", "vars"}
)
"""Keys of a kustomization by which jobs are not what its resources say, or are made at all."""


def made_by_others(paths: Sequence[str], text_of: Callable[[str], str]) -> dict[str, str]:
    """By path, why a chart, a kustomization or a patch of one is not read; empty for what is told
    of with another."""
    why = _kustomized(paths, text_of)
    charts = [os.path.dirname(path) for path in paths if os.path.basename(path) == "Chart.yaml"]
    for chart in charts:
        inside = os.path.join(chart, "templates", "")
        templates = [
            path for path in paths if path.startswith(inside) and is_template(text_of(path))
        ]
        if templates:
            why |= dict.fromkeys(map(os.path.normpath, templates), "")
            render = f"helm template {shlex.quote(encodable(chart) or '.')} | advisor check -"
            told = f"a Helm chart, whose templates are not read: have Helm fill them in: {render}"
            why[os.path.normpath(os.path.join(chart, "Chart.yaml"))] = told
    return why


def _kustomized(paths: Sequence[str], text_of: Callable[[str], str]) -> dict[str, str]:
    """Of kustomizations and their patches alone."""
    why: dict[str, str] = {}
    for path in paths:
        if os.path.basename(path) not in KUSTOMIZATIONS:
            continue
        folder = os.path.dirname(path)
        try:
            documents = parse_documents(text_of(path), path)
        except InputError:
            continue  # told where it is read
        bodies = [document for document in documents if isinstance(document, dict)]
        changes = any(_CHANGING & body.keys() for body in bodies)
        why[os.path.normpath(path)] = render_by_kustomize(folder) if changes else ""
        for patch in (patch for body in bodies for patch in _patches(body)):
            why[os.path.normpath(os.path.join(folder, patch))] = ""
    return why


def _patches(body: dict[str, Any]) -> Iterator[str]:
    """The files of a kustomization's patches; those that are written in it are none."""
    for key in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        stated = body.get(key)
        for entry in stated if isinstance(stated, list) else ():
            path = entry.get("path") if isinstance(entry, dict) else entry
            if isinstance(path, str) and "\n" not in path:
                yield path


def render_by_kustomize(folder: str) -> str:
    """What is told of a kustomization."""
    return (
        "what Kustomize makes of its resources is not read: have it make them, as in"
        f" kubectl kustomize {shlex.quote(encodable(folder) or '.')} | advisor check -"
    )
