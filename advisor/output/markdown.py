"""Assessments, checks, differences and plans as GitHub-flavoured markdown, in which values cannot
become structure: no table, list, link or HTML of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from advisor.errors import one_line
from advisor.facts.quantity import some
from advisor.jobs.translation import Translation
from advisor.judging.assessment import Assessment
from advisor.judging.check_report import CheckReport
from advisor.judging.difference import Difference
from advisor.output import check_view, diff_view, wording
from advisor.output.check_view import Spot
from advisor.output.diff_view import arrange_diff
from advisor.output.formats import RenderOptions
from advisor.output.html_text import moment, web_link
from advisor.output.overview import PENDING, pending
from advisor.output.picture import flows
from advisor.output.plan_view import work_of_wave
from advisor.output.remedies import push_blocks
from advisor.output.session import FATE_LABELS, arrange_report
from advisor.output.wording import unbroken
from advisor.planning.names import node_scripts
from advisor.planning.plan import PLACEHOLDER_REGISTRY, DataPlan, ImagePlan, Plan
from advisor.planning.scripts import PlanFile

_CODE = re.compile(r"`([^`]+)`")
_PLAIN_CODE = re.compile(r"[^`|\\\s](?:[^`|\\]*[^`|\\\s])?")
_INERT = str.maketrans({mark: f"&#{ord(mark)};" for mark in "\\`*_{}[]<>~|&$@^="})
_WITHIN_WORD = re.compile("(?<=[A-Za-z0-9])&#95;(?=[A-Za-z0-9])")
"""There an underscore marks nothing, and a page is also read as it is: `HF_TOKEN`."""

_LINE_START = re.compile(r"^\s*(?:[-+#]|\d+[.)](?=\s|$))")
_INDENT = re.compile(r"^ {2}")
_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)


class Markdown(str):
    """Text that is markdown already; whatever else a template prints is escaped."""

    __slots__ = ()


def visible(value: Any) -> Any:
    """What a template prints: any text that is not markdown on purpose is made plain."""
    return value if isinstance(value, Markdown) or not isinstance(value, str) else plain(value)


def plain(text: str) -> Markdown:
    """The same characters for the reader, with no meaning for any markdown reader."""
    shown = _ADDRESS.sub(_last_inert, one_line(text).translate(_INERT))
    shown = _LINE_START.sub(_last_inert, _WITHIN_WORD.sub("_", shown))
    return Markdown(_INDENT.sub("&#32; ", shown))


def code(text: str) -> Markdown:
    """A name as a code span, or plain where a span could not hold it in a table."""
    shown = one_line(text)
    if _PLAIN_CODE.fullmatch(shown):
        return Markdown(f"`{shown}`")
    return Markdown(re.sub("^ ", "&#32;", plain(shown)))


def codes(names: Iterable[str], limit: int) -> Markdown:
    """The first `limit` names as code, then how many more there are; `-` when there are none."""
    every = tuple(names)
    shown = ", ".join(code(name) for name in islice(every, limit))
    more = f" and {len(every) - limit:,} more" if len(every) > limit else ""
    return Markdown(f"{shown}{more}" or "-")


def choices(commands: Iterable[str]) -> Markdown:
    """Commands of which any one will do; `none` where there is none."""
    return Markdown(" or ".join(code(command) for command in commands) or "none")


def fence(text: str, language: str, indent: int = 0) -> Markdown:
    """A block of code whose fence is longer than any run of backticks in it."""
    runs = [len(run) for run in re.findall(r"`+", text)]
    mark = "`" * max(3, *(run + 1 for run in runs)) if runs else "```"
    lines = (f"{mark}{language}", *(one_line(line) for line in text.splitlines()), mark)
    return Markdown("\n".join(f"{' ' * indent}{line}".rstrip() for line in lines))


def prose(text: str) -> Markdown:
    """A message, with what stands between backticks kept as code where it can be."""
    parts = _CODE.split(one_line(unbroken(text).strip()))
    return Markdown(
        "".join(
            code(part) if index % 2 else plain(part) if index == 0 else _inner(part)
            for index, part in enumerate(parts)
        )
    )


def link(url: str) -> Markdown:
    """A web address that can be followed; anything else as plain text."""
    safe = re.fullmatch(r"[A-Za-z0-9:/?#.,;=&%+~_-]+", url)
    return Markdown(f"<{url}>") if safe and web_link(url) else plain(url)


def _inner(text: str) -> Markdown:
    return Markdown(_ADDRESS.sub(_last_inert, text.translate(_INERT)))


def _last_inert(match: re.Match[str]) -> str:
    """What was found, with its last character as an entity."""
    return f"{match[0][:-1]}&#{ord(match[0][-1])};"


_FOLDER = "markdown"
_LISTED = 200
_LISTED_OF_PLAN = 500
_JOBS = 60
_ROWS = (40, 15, 5, 1)
"""Lists of a summary get shorter until it is short enough."""
_LONGEST = 65_536
"""Characters that GitHub and GitLab take in a comment."""

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


def render(assessment: Assessment, options: RenderOptions) -> str:
    """A summary that fits a wiki page or a comment; everything with `options.full`. No raw HTML."""
    names = arrange_report(assessment, options)
    names["blocks"] = push_blocks(names["plan"])
    if options.full:
        return _draw("report.md.j2", **names)
    for rows in _ROWS:
        text = _draw("summary.md.j2", **names, rows=rows, owner_jobs=max(rows // 8, 1))
        if len(text) < _LONGEST:
            return text
    # Names of thousands of characters: whole lines as far as they fit, no block left open.
    kept = text[: _LONGEST - 200].rpartition("\n")[0]
    fences = re.findall(r"^(?:`{3,}|~{3,})", kept, re.MULTILINE)
    closed = f"\n{fences[-1]}" if len(fences) % 2 else ""
    return f"{kept}{closed}\n\nCut here: the names are too long. `--full` has the rest.\n"


def render_check(report: CheckReport, options: RenderOptions) -> str:
    """What has to be done is a task list; commands stand in fenced blocks and can be copied."""
    return _draw(
        "check.md.j2",
        report=report,
        tally=check_view.tally(report),
        against=check_view.checked_against(report),
        least=options.min_severity,
    )


def render_diff(difference: Difference, options: RenderOptions) -> str:
    """No raw HTML; what is done in a wave is ticked."""
    return _draw("diff.md.j2", view=arrange_diff(difference, options), difference=difference)


def render_plan(plan: Plan, files: Mapping[str, PlanFile] | None = None) -> str:
    """For a wiki, for the README beside the scripts (`files`: what is written beside it), and for
    standard output."""
    scripted = {image.id for images in node_scripts(plan).values() for image in images}
    return _draw(
        "plan_readme.md.j2",
        plan=plan,
        files=files or {},
        jobs={job.id: job for job in plan.jobs},
        scripted=scripted if files else (),
    )


def _draw(template: str, **names: Any) -> str:
    """Templates leave blank lines where a part has nothing to say; one is enough."""
    text = _templates().get_template(template).render(names)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@lru_cache(maxsize=1)
def _templates() -> Environment:
    """Kept with what it has compiled, which takes longer than to fill it in."""
    return environment()


def environment() -> Environment:
    """Templates where every value printed is inert unless a filter made it markdown on purpose."""
    made = Environment(  # noqa: S701 - the text is markdown; `finalize` escapes it
        loader=PackageLoader("advisor_reports", _FOLDER),
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        code=code,
        codes=codes,
        prose=prose,
        link=link,
        moment=moment,
        **wording.FILTERS,
        pending=pending,
        fence=fence,
        choices=choices,
        flows=flows,
        **check_view.FILTERS,
        fenced=_fenced,
        fenced_text=_fenced_text,
        **diff_view.FILTERS,
        work=work_of_wave,
        holders=_holders,
        goal=_goal,
    )
    made.globals.update(
        **wording.LABELS,
        PENDING=PENDING,
        LISTED=_LISTED,
        LISTED_OF_PLAN=_LISTED_OF_PLAN,
        JOBS=_JOBS,
        FATE_LABELS=FATE_LABELS,
        TURN_TITLES=diff_view.TURN_TITLES,
        PLACEHOLDER=PLACEHOLDER_REGISTRY,
        IMAGE_ACTIONS=IMAGE_ACTIONS,
        DATA_ACTIONS=DATA_ACTIONS,
    )
    return made


def _fenced(spot: Spot) -> Markdown:
    """The source line with a caret below the column."""
    indent = " " * len(one_line(spot.text[: spot.caret]))
    return fence(f"{one_line(spot.text)}\n{indent}^", "text")


def _fenced_text(translation: Translation) -> Markdown:
    """The command with its steps; a manifest apart from them, since a shell that gets both would
    take its lines for commands."""
    if translation.target != "kubernetes":
        return fence("\n".join((*translation.before, translation.text)), "bash")
    manifest = fence(translation.text, "yaml")
    if not translation.before:
        return manifest
    return Markdown(fence("\n".join(translation.before), "bash") + "\n\n" + manifest)


def _holders(image: ImagePlan) -> str:
    return some((machine for holder in image.holders for machine in holder.machines), 3)


def _goal(place: DataPlan) -> Markdown:
    if place.claim is not None:
        below = f", folder {place.claim.sub_path}" if place.claim.sub_path else ""
        by = (
            f" ({place.claim.storage_class})" if place.claim.storage_class else " (class to choose)"
        )
        return plain(f"claim {place.claim.name}{by}{below}")
    if place.nfs is not None and place.action == "use":
        return plain(f"NFS {place.nfs.server}:{place.nfs.export}")
    return Markdown("")
