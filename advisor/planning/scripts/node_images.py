"""Which images that only nodes hold a script can push, and what it is called."""

from __future__ import annotations

from collections import defaultdict

from advisor.planning.object_name import ObjectNames
from advisor.planning.plan import PLACEHOLDER_REGISTRY, Plan
from advisor.planning.plan_items import ImagePlan
from advisor.planning.seen import full_id


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
