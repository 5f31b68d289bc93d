"""What becomes of keys of compose files and manifests where nothing more particular is known."""

from __future__ import annotations

import re
from functools import cache

from advisor.catalogs.table import load_catalog
from advisor.facts.record import Record
from advisor.jobs.ledger import Item
from advisor.jobs.spec import JobSpec
from advisor.writers.equivalents import Equivalent, Verdicts, docker_equivalents
from advisor.writers.field_names import named_field

_ELEMENT = re.compile(r"\[\d+\]")
_CONTAINER = re.compile(r"(?:^|\.)(initContainers|containers)\[(\d+)\]")
_STEPS = re.compile(r'[^."\[\]]+|\["([^"]*)"\]')

# Below these, keys are names that people choose.
_PAIRS = frozenset(
    {
        *("environment", "labels", "annotations", "sysctls", "extra_hosts"),
        *("matchLabels", "nodeSelector"),
    }
)


class FileKey(Verdicts, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The end of a key's path, with verdicts of its own or the flag that says the same."""

    key: str
    flag: str = ""


class FileKeys(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table."""

    sources: dict[str, str]
    compose: tuple[FileKey, ...]
    manifest: tuple[FileKey, ...]


def equivalent_of_key(name: str, reader: str) -> Equivalent | None:
    """What is said of the key of that name in a file of that kind; the longest end counts, then
    that of what the key is in."""
    table = _tables().get(reader)
    if not table:
        return None
    steps = [match[1] or match[0] for match in _STEPS.finditer(_ELEMENT.sub("", name))]
    steps = steps[2:] if reader == "compose" else steps
    if steps[:1] != ["build"] and not _PAIRS.isdisjoint(steps):
        return None
    for end in range(len(steps), 0, -1):
        for start in range(max(end - 2, 0), end):
            found = table.get(".".join(steps[start:end]))
            if found is not None:
                return found
    return None


def is_left_out(item: Item, spec: JobSpec) -> bool:
    """Whether a manifest's field is of a container that is not the one a job has."""
    if spec.reader != "manifest" or spec.run is None:
        return False
    container = _CONTAINER.search(item.name)
    if container is None:
        return False
    return container[1] == "initContainers" or container[2] != _main_container(spec)


def _main_container(spec: JobSpec) -> str:
    """The number of the container that the run was read from: the image tells, then the devices."""
    image = spec.run.image.text if spec.run is not None else ""
    found: list[str] = []
    for item in spec.items:
        container = _CONTAINER.search(item.name)
        if container is None or container[1] != "containers":
            continue
        if item.name.endswith(".image") and item.value == image:
            found.append(container[2])
        elif container[2] in found and named_field(item.name) == "gpus":
            return container[2]
    return found[0] if found else "0"


@cache
def _tables() -> dict[str, dict[str, Equivalent]]:
    """By reader and key. Raises RuleError when the table does not load."""
    keys = load_catalog("file_keys", FileKeys)
    return {
        "compose": {one.key: _equivalent(one) for one in keys.compose},
        "manifest": {one.key: _equivalent(one) for one in keys.manifest},
    }


def _equivalent(key: FileKey) -> Equivalent:
    """The flag's own where there is one; the key's field is known by its name alone."""
    if key.flag:
        return docker_equivalents()[f"--{key.flag}"]
    return Equivalent(
        flag=key.key,
        all=key.all,
        runai=key.runai,
        runai_v1=key.runai_v1,
        runai_v2=key.runai_v2,
        kubernetes=key.kubernetes,
    )
