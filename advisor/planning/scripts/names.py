"""What the plan's folder calls the objects and scripts of data and images, and how it copies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from advisor.planning.names import ObjectNames
from advisor.planning.plan import PLACEHOLDER_REGISTRY, DataPlan, ImagePlan, Plan
from advisor.planning.seen import full_id

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
