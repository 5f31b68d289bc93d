"""The plan as markdown: for a wiki, for the README beside its scripts, and for the terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jinja2 import PackageLoader

from advisor.output import markdown_text
from advisor.output.markdown import environment
from advisor.output.markdown_text import Markdown
from advisor.output.wording import some
from advisor.planning.plan import PLACEHOLDER_REGISTRY, Plan
from advisor.planning.plan_items import DataPlan, ImagePlan
from advisor.planning.scripts.files import PlanFile
from advisor.planning.scripts.names import node_scripts

_LISTED = 500
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))

IMAGE_ACTIONS = {
    "push": "push",
    "push-from-node": "push, by hand",
    "hold": "held back",
    "use": "is in a registry",
    "stay": "may stay",
    "wait": "its jobs run nowhere",
    "ask": "not known",
}
DATA_ACTIONS = {
    "copy": "copy",
    "use": "use as it is",
    "stay": "may stay",
    "wait": "its jobs run nowhere",
    "ask": "not known",
    "leave": "the machine's own",
}


def render_plan(plan: Plan, files: Mapping[str, PlanFile] | None = None) -> str:
    """`files` are those that are written beside it, for a README."""
    made = environment()
    made.loader = PackageLoader("advisor_reports", "plan")
    made.filters.update(duration=duration, holders=_holders, goal=_goal)
    made.globals.update(
        PLACEHOLDER=PLACEHOLDER_REGISTRY,
        LISTED=_LISTED,
        IMAGE_ACTIONS=IMAGE_ACTIONS,
        DATA_ACTIONS=DATA_ACTIONS,
    )
    jobs = {job.id: job for job in plan.jobs}
    scripted = {image.id for images in node_scripts(plan).values() for image in images}
    text = made.get_template("plan.md.j2").render(
        plan=plan, files=files or {}, jobs=jobs, scripted=scripted if files else ()
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def duration(seconds: int) -> str:
    """The time in its largest unit, rounded up: `3 hours`."""
    for unit, length in _UNITS:
        if seconds > length or unit == "second":
            count = -(-seconds // length)
            return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"
    return ""


def _holders(image: ImagePlan) -> str:
    return some((machine for holder in image.holders for machine in holder.machines), 3)


def _goal(place: DataPlan) -> Markdown:
    if place.claim is not None:
        below = f", folder {place.claim.sub_path}" if place.claim.sub_path else ""
        by = (
            f" ({place.claim.storage_class})" if place.claim.storage_class else " (class to choose)"
        )
        return markdown_text.plain(f"claim {place.claim.name}{by}{below}")
    if place.nfs is not None and place.action == "use":
        return markdown_text.plain(f"NFS {place.nfs.server}:{place.nfs.export}")
    return Markdown("")
