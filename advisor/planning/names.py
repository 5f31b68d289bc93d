"""Names that the plan gives: of its objects, files and scripts, and of each image under the
registry."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from advisor.facts.image_reference import ImageReference, is_image_id, parse_reference
from advisor.planning.plan import PLACEHOLDER_REGISTRY, DataPlan, ImagePlan, Plan
from advisor.planning.status import full_id
from advisor.writers.names import object_name

LONGEST = 50
"""Leaves room for what is put before and after a name."""


class ObjectNames:
    """Gives out names; a name that is taken gets a hash of what it is for."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def name(self, text: str, identity: str) -> str:
        """A DNS-1035 label after `text` for the thing that `identity` stands for."""
        name = object_name(text, longest=LONGEST)
        if self._taken.setdefault(name, identity) == identity:
            return name
        digest = hashlib.sha256(identity.encode(errors="surrogatepass")).hexdigest()[:8]
        longer = f"{name[: LONGEST - 9].rstrip('-')}-{digest}"
        self._taken[longer] = identity
        return longer


_LONGEST_NAME = 255
_LONGEST_TAG = 128
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*")
_WORDS = re.compile(r"[a-z0-9]+")
_FOREIGN_IN_TAG = re.compile(r"[^A-Za-z0-9_.-]+")
_DIGITS = 12
_MOVING = "latest"


class Wish(NamedTuple):
    """A content that needs a name. `id` is unique and stable, `name` what it is called today (a
    reference, an id or anything), `hosts` the machines that hold it."""

    id: str
    name: str
    hosts: Sequence[str] = ()


class TargetName(NamedTuple):
    """The full name, and why it is not simply the old one below the registry (else empty)."""

    name: str
    reason: str = ""


class _Base(NamedTuple):
    repository: str
    tag: str
    reason: str


def target_names(wishes: Iterable[Wish], registry: str) -> dict[str, TargetName]:
    """A name for each wish by its id. Contents that want the same name all get one that says more:
    which of them the plain name meant was different on every machine."""
    bases = {wish.id: (wish, _base(wish, registry)) for wish in wishes}
    wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in sorted(bases):
        base = bases[key][1]
        wanted[base.repository, base.tag].append(key)
    taken = {name for name, keys in wanted.items() if len(keys) == 1}
    names: dict[str, TargetName] = {}
    for (repository, tag), keys in sorted(wanted.items()):
        machines = sorted({host for key in keys for host in bases[key][0].hosts})
        for key in keys:
            wish, base = bases[key]
            if len(keys) == 1:
                names[key] = TargetName(f"{registry}/{repository}:{tag}", base.reason)
                continue
            chosen = next(
                repository_tag
                for repository_tag in _told_apart(wish, tag)
                if (repository, repository_tag) not in taken
            )
            taken.add((repository, chosen))
            # `machines` hold content of that name, in order.
            own = set(wish.hosts)
            others = list(islice((host for host in machines if host not in own), 3))
            where = f" on {', '.join(others)}" if others else ""
            reason = f"the same name stands for other content{where}, so each got a tag of its own"
            names[key] = TargetName(f"{registry}/{repository}:{chosen}", reason)
    return names


def _base(wish: Wish, registry: str) -> _Base:
    if is_image_id(wish.name):
        digits = wish.name.removeprefix("sha256:")[:_DIGITS]
        return _Base("untagged", digits, "it has no name, so its id serves as one")
    reference = _parsed(wish.name)
    if reference is None:
        repository, tag = _made_valid(wish.name)
        repository = _fit(repository, wish.name, registry)
        tag = f"sha-{_digits(wish)}" if tag == _MOVING else tag
        return _Base(repository, tag, "its name is no valid reference, so it was made one")
    # The repository, without the registry's own path when it is already in it.
    full = f"{reference.registry}/{reference.repository}"
    inside = full.startswith(f"{registry}/")
    repository = full.removeprefix(f"{registry}/") if inside else reference.repository
    fit = _fit(repository, wish.name, registry)
    reason = "" if fit == repository else "its name is too long for a registry, so it was cut"
    if reference.tag and reference.tag != _MOVING:
        return _Base(fit, reference.tag, reason)
    if reference.digest:
        tag = f"sha-{reference.digest.rpartition(':')[2][:_DIGITS]}"
        return _Base(fit, tag, "it has no tag, so its digest serves as one")
    tag = f"sha-{_digits(wish)}"
    return _Base(fit, tag, reason or "latest tells no version, so its content's id serves as tag")


def _parsed(name: str) -> ImageReference | None:
    try:
        return parse_reference(name)
    except ValueError:
        return None


def _made_valid(name: str) -> tuple[str, str]:
    rest = name.partition("@")[0]
    head, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    components = [*head.split("/"), last] if slash else [last]
    valid = [fit for component in components if (fit := _component(component.lower()))]
    return "/".join(valid) or "image", _tag(tag)


def _component(text: str) -> str:
    return text if _COMPONENT.fullmatch(text) else "-".join(_WORDS.findall(text))


def _tag(text: str) -> str:
    fit = _FOREIGN_IN_TAG.sub("-", text).lstrip(".-")
    return fit[:_LONGEST_TAG] or "latest"


def _fit(repository: str, name: str, registry: str) -> str:
    """The repository, cut where the whole would be longer than registries take."""
    room = _LONGEST_NAME - len(registry) - 1
    if len(repository) <= room:
        return repository
    digest = _digest(name)
    cut = repository[: max(room - _DIGITS - 1, 1)].rstrip("/._-") or "image"
    return f"{cut}-{digest}"


def _told_apart(wish: Wish, tag: str) -> Iterator[str]:
    """Tags that say which content is meant: by its machine, by its id, by more of its id."""
    if len(wish.hosts) == 1:
        host = "-".join(_WORDS.findall(wish.hosts[0].lower()))
        yield _with(tag, host or "host")
    yield _with(tag, _digits(wish))
    yield _with(tag, hashlib.sha256(wish.id.encode(errors="surrogatepass")).hexdigest())
    number = 2
    while True:
        yield _with(tag, f"{_digest(wish.id)}-{number}")
        number += 1


def _digits(wish: Wish) -> str:
    """Some of the id of its content, or of a digest of what stands for that."""
    content = wish.id.rpartition(":")[2]
    return (content if content.isalnum() else _digest(wish.id))[:_DIGITS]


def _with(tag: str, suffix: str) -> str:
    suffix = suffix[: _LONGEST_TAG - 2]
    return f"{tag[: _LONGEST_TAG - len(suffix) - 1]}-{suffix}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]


STORAGE_SCRIPT = "20-storage.sh"

SAME = (
    "--archive",
    "--hard-links",
    "--sparse",
    "--numeric-ids",
    "--protect-args",
    "--exclude=.rsync-partial",
)
"""Options of rsync by which a copy is the same as what it is a copy of."""

RESUMED = ("--update", "--no-whole-file", "--partial-dir=.rsync-partial")
"""With these a pass goes on where the last one stopped, and leaves newer files alone."""


def copy_scripts(places: Iterable[DataPlan]) -> dict[str, str]:
    """The script of each place whose path is known, by the place's id, in order."""
    names = ObjectNames()
    numbered = [place for place in places if place.source_path.startswith("/")]
    return {
        place.id: f"30-data-{number:02d}-{names.name(_title(place), place.id)}.sh"
        for number, place in enumerate(numbered, start=1)
    }


def nfs_names(plan: Plan) -> dict[str, str]:
    """The name of the volume and claim of each NFS export that is used as it is, by the place's id;
    none is that of a claim for what is copied."""
    names = ObjectNames()
    for place in plan.copied:
        if place.claim is not None:
            names.name(place.claim.name, place.claim.name)
    return {
        place.id: names.name(f"nfs-{place.nfs.export}", place.id)
        for place in plan.data
        if place.action == "use" and place.nfs is not None and place.kind != "claim"
    }


def _title(place: DataPlan) -> str:
    return place.claim.name if place.claim is not None else place.label


def node_scripts(plan: Plan) -> dict[str, tuple[ImagePlan, ...]]:
    """The images of each script, all of one node. Those whose node does not say by which digest it
    has them are left to people."""
    if plan.registry == PLACEHOLDER_REGISTRY:
        return {}
    by_node: dict[str, list[ImagePlan]] = defaultdict(list)
    for image in plan.images:
        if image.action == "push-from-node" and full_id(image.content) == image.content != "":
            by_node[image.source_node].append(image)
    names = ObjectNames()
    return {
        f"15-node-images-{names.name(node, node)}.sh": tuple(images)
        for node, images in by_node.items()
    }
