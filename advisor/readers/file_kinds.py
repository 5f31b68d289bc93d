"""What a file is: by its name, else by what is in it; and files from which another program makes
objects (Helm charts, kustomizations and their patches)."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from advisor.errors import InputError, encodable
from advisor.readers.result import Kind
from advisor.readers.unread import foreign_jobs, has_foreign_name
from advisor.readers.yaml_documents import is_template, parse_documents

_PATTERNS: tuple[tuple[str, Kind | None], ...] = (
    (r"(?:.*/)?\.github/workflows/[^/]+\.ya?ml", "workflow"),
    (r"(?:.*/)?action\.ya?ml", "workflow"),
    (r"(?:.*/)?\.vscode/tasks\.json", "tasks"),
    (r"(?:.*/)?\.?justfile|.*\.just", "justfile"),
    (r"(?:.*/)?(?:(?:[^/]*[.-])?gitlab-ci[^/]*|\.travis)\.ya?ml", "pipeline"),
    (r"(?:.*/)?\.?devcontainer\.json", "devcontainer"),
    (r"(?:.*/)?(?:docker-|podman-)?compose(?:[._-][^/]*)?\.ya?ml", "compose"),
    (r"(?:.*/)?(?:gnu)?makefile(?:\.[^/]*)?|.*\.mk|.*\.mak", "makefile"),
    (r".*\.(?:md|markdown|mdx|mkd|rst|html?)|(?:.*/)?readme", "markdown"),
    (
        r".*\.(?:sh|bash|zsh|ksh|sbatch|slurm|slm|pbs|lsf|sge|qsub|job|command)|(?:.*/)?\.bash_history",
        "shell",
    ),
    (r"(?:.*/)?(?:chart|values(?:[._-][^/]*)?)\.ya?ml", None),
    (r".*\.(?:bat|cmd)", "cmd"),
    (r".*\.(?:ps1|psm1)", "powershell"),
    (r"(?:.*/)?(?:docker|container)file(?:\.[^/]*)?|.*\.dockerfile", None),
    (r".*\.py", "python"),
    (r".*\.service", "unit"),
    (r".*\.ipynb", "notebook"),
)
_SIGN = re.compile(
    r"workflows|action|gitlab-ci|travis|compose|makefile|(?:dock|contain)erfile|chart|values",
    re.IGNORECASE,
)
"""One of these is in the name of every YAML file that one of the patterns fits."""
_YAML = (".yaml", ".yml")
_FROM_TEXT = frozenset({"", ".yaml", ".yml", ".json"})
_MADE_FROM = re.compile(
    r"(?<=ml)[.-](?:dist|example|in|j2|sample|template|tmpl|tpl)\Z", re.IGNORECASE
)
_SHEBANG = re.compile(r"#![^\n]*\b(?:ba|da|z|k|a)?sh\b")
_OBJECT = re.compile(r"""^[ \t{,-]*["']?(?:apiVersion|kind)["']?[ \t]*:""", re.MULTILINE)
_API = re.compile(r"""^["']?apiVersion["']?[ \t]*:""", re.MULTILINE)
_SERVICES = re.compile(r"""^["']?services["']?[ \t]*:""", re.MULTILINE)
_WORKFLOW = tuple(
    re.compile(rf"""^["']?{key}["']?[ \t]*:""", re.MULTILINE) for key in ("on", "jobs")
)
_FENCE = re.compile(r"^[ \t>]*(?:```|~~~)", re.MULTILINE)
_COMMAND = re.compile(
    r"^[^#\n]*\b(?:(?:docker|podman|nerdctl)[ \t]+(?:container[ \t]+)?run|runai[ \t].*\bsubmit"
    r"|(?:apptainer|singularity)[ \t]+(?:exec|run))[ \t]",
    re.MULTILINE,
)
"""What starts a job in a file of tasks or steps (CircleCI, Azure Pipelines, Task, DVC, npm)."""


def kind_by_name(path: str) -> tuple[bool, Kind | None]:
    """Whether the name settles what the file is, and what; None is for a file without jobs."""
    written = path.replace(os.sep, "/")
    if written.isascii() and written.endswith(_YAML) and not _SIGN.search(written):
        return False, None
    for pattern, kind in _names():
        if pattern.fullmatch(written):
            return True, kind
    return False, None


@lru_cache(maxsize=1)
def _names() -> tuple[tuple[re.Pattern[str], Kind | None], ...]:
    """Made when a name is looked at: compiling them takes longer than reading one command."""
    return tuple((re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in _PATTERNS)


def may_say_in_text(path: str) -> bool:
    """Whether a file whose name settles nothing is worth opening."""
    return _suffix(path) in _FROM_TEXT or has_foreign_name(path)


def kind_by_text(text: str, path: str = "") -> Kind | None:
    """What the text of a YAML, JSON or nameless file is; None when nothing says so."""
    head = text[:100_000]
    if _SHEBANG.match(head):
        return "shell"
    if (has_foreign_name(path) or not _API.search(head)) and foreign_jobs(head, path):
        return "foreign"
    if _SERVICES.search(head) and not _API.search(head):
        return "compose"
    if _OBJECT.search(head):
        return "manifest"
    if _suffix(path) in _YAML and all(pattern.search(head) for pattern in _WORKFLOW):
        return "workflow"
    if _suffix(path) in _FROM_TEXT - {""}:
        return "pipeline" if _COMMAND.search(head) else None
    return "markdown" if _FENCE.search(head) else None


def _suffix(path: str) -> str:
    """The suffix, that below for a file that something else is made from (`job.yaml.tmpl`)."""
    stem = _MADE_FROM.sub("", path)
    return os.path.splitext(stem)[1].lower()


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
