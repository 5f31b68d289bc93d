"""One file that opens anywhere: style and script inside, nothing loaded, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from advisor.judging.assessment import Assessment
from advisor.output import html_text, picture, wording
from advisor.output.options import RenderOptions
from advisor.output.overview import PENDING, arrange, top_rules

_FOLDER = "html"
_TOP = 6


def render(assessment: Assessment, options: RenderOptions) -> str:
    """Works without its script; the policy in it allows that script and style and nothing else."""
    view = arrange(assessment, options)
    style, script = asset("report.css"), asset("report.js")
    template = environment().get_template("report.html.j2")
    return template.render(
        view=view,
        audit=view.assessment,
        top=top_rules(view, _TOP),
        pending=PENDING,
        style=style,
        script=script,
        policy=_policy(style, script),
    )


def environment() -> Environment:
    """Templates where an unset name is an error and every value printed is made inert."""
    made = Environment(
        loader=PackageLoader("advisor_reports", _FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=html_text.visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        prose=html_text.prose,
        moment=html_text.moment,
        some=wording.some,
        plural=wording.plural,
        amount=wording.amount,
        size=wording.size,
        cores=wording.cores,
        eligible=wording.eligible,
        origin=wording.origin,
        rests_on=wording.rests_on,
        accelerator=wording.accelerator,
        node_states=wording.node_states,
        node_role=wording.node_role,
        rows=picture.rows,
        drawn_nodes=picture.drawn_nodes,
        segments=picture.segments,
    )
    made.tests["web_link"] = html_text.web_link
    made.globals.update(
        OUTCOME_LABELS=wording.OUTCOME_LABELS,
        OUTCOME_MEANINGS=wording.OUTCOME_MEANINGS,
        SEVERITY_LABELS=wording.SEVERITY_LABELS,
        HOSTS_DRAWN=picture.HOSTS_DRAWN,
    )
    return made


def asset(name: str) -> str:
    """The text of a file that goes into the report."""
    return files("advisor_reports").joinpath(_FOLDER, name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def digest(text: str) -> str:
    """What a content policy allows the text by."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"
