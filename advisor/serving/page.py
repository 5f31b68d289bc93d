"""The page, whole or the part of it that answers a text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from jinja2 import Environment
from markupsafe import Markup, escape

from advisor import __version__
from advisor.errors import one_line
from advisor.facts.record import Record
from advisor.facts.secrecy import MARK
from advisor.findings.finding import SEVERITIES, Finding
from advisor.jobs.ledger import FATES, Entry
from advisor.jobs.translation import Target, Translation
from advisor.judging.check_report import CheckReport, JobCheck
from advisor.output import check_view
from advisor.output.html import asset, environment
from advisor.output.wording import TARGET_NAMES
from advisor.serving.examples import EXAMPLES
from advisor.serving.fields import fields_of
from advisor.serving.marks import Piece, output_pieces, source_pieces
from advisor.serving.request import Filled
from advisor.writers.ledger import ADDED

FATE_WORDS = {
    "unresolved": "needs a value",
    "no-equivalent": "left out",
    "changed": "changed",
    "mapped": "the same",
}
FATE_COUNTS = {**FATE_WORDS, "unresolved": "to fill in"}
"""The same behind a number."""

_MOST_JOBS = 40
_MOST_FINDINGS = 60


class Site(Record, frozen=True, kw_only=True):
    """What is the same on every page. `cluster` says in words what texts are judged against,
    `pages` are those besides this one, `open` is false where a token is asked for."""

    cluster: str = ""
    taken: str = ""
    assumed: str = ""
    pages: tuple[tuple[str, str], ...] = ()
    open: bool = True


class Answer(NamedTuple):
    """A filled form and what was found."""

    form: Filled
    report: CheckReport


class Row(NamedTuple):
    """One line of the list of flags: what was written, what became of it, and why."""

    id: str
    fate: str
    written: str
    output: str
    reason: str


class Shown(NamedTuple):
    """A translation with its flags marked. `number` is unique in the answer."""

    number: str
    target: Target
    pieces: tuple[Piece, ...]
    before: str
    rows: tuple[Row, ...]
    still_missing: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]


class ShownJob(NamedTuple):
    """A job as the answer shows it; `findings` are cut where there are too many to look at."""

    number: int
    check: JobCheck
    source: tuple[Piece, ...]
    shown: tuple[Shown, ...]
    findings: tuple[Finding, ...]
    unknown: int


def whole(answer: Answer, site: Site) -> str:
    """The page with a filled form and its answer, for browsers that run no script."""
    return _render("serve.html.j2", answer, site)


def fragment(answer: Answer, site: Site) -> str:
    """What the script puts in place of the last answer."""
    return _render("serve_answer.html.j2", answer, site)


def failure(what: str, *, whole: bool) -> str:
    """A page, or a part of one, that says what went wrong."""
    template = "serve_failure.html.j2" if whole else "serve_fault.html.j2"
    return _templates().get_template(template).render(what=what, assets=assets(), site=Site())


def sign_in(site: Site, fault: str = "") -> str:
    """The page that asks for the token."""
    made = _templates().get_template("serve_sign_in.html.j2")
    return made.render(site=site, fault=fault, assets=assets())


class Asset(NamedTuple):
    """A file that the page asks for, under a name that changes with what is in it."""

    name: str
    kind: str
    content: bytes


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Style and script, by what they are."""
    texts = {
        "style": ("serve", "css", "text/css", asset("report.css") + asset("serve.css")),
        "script": ("serve", "js", "text/javascript", asset("serve.js")),
    }
    made: dict[str, Asset] = {}
    for role, (stem, suffix, kind, text) in texts.items():
        content = text.encode()
        name = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
        made[role] = Asset(name, f"{kind}; charset=utf-8", content)
    return made


def _render(template: str, answer: Answer, site: Site) -> str:
    report = answer.report
    return (
        _templates()
        .get_template(template)
        .render(
            site=site,
            form=answer.form,
            report=report,
            jobs=[_job(check, n, answer.form.text) for n, check in _first(report.jobs)],
            more=max(len(report.jobs) - _MOST_JOBS, 0),
            fields=fields_of(report, answer.form),
            tally=check_view.tally(report),
            secret=_holds_secret(report),
            examples=EXAMPLES,
            targets=tuple(TARGET_NAMES.items()),
            version=__version__,
            assets=assets(),
        )
    )


def _holds_secret(report: CheckReport) -> bool:
    """Whether the text gives a secret in clear: then no link may hold it."""
    ledgers = (one.ledger for check in report.jobs for one in check.translations[:1])
    return any(MARK in entry.item.value for ledger in ledgers for entry in ledger)


def _first(checks: Sequence[JobCheck]) -> list[tuple[int, JobCheck]]:
    return list(enumerate(checks[:_MOST_JOBS], start=1))


def _job(check: JobCheck, number: int, text: str) -> ShownJob:
    by_target = {one.target: one for one in check.translations}
    translations = [by_target[target] for target in TARGET_NAMES if target in by_target]
    ledger = translations[0].ledger if translations else ()
    yaml = check.reader in ("compose", "manifest")
    findings = check_view.shown_findings(check, SEVERITIES[-1])
    return ShownJob(
        number=number,
        check=check,
        source=source_pieces(text, ledger, yaml=yaml),
        shown=tuple(_shown(one, f"{number}-{one.target}") for one in translations),
        findings=findings[:_MOST_FINDINGS],
        unknown=len(check_view.open_facts(check)),
    )


def _shown(translation: Translation, number: str) -> Shown:
    rows = tuple(_row(entry, f"r{number}-{n}") for n, entry in enumerate(translation.ledger))
    fates = [row.fate for row in rows]
    return Shown(
        number=number,
        target=translation.target,
        pieces=output_pieces(
            translation.text.rstrip("\n"),
            translation.ledger,
            yaml=translation.target == "kubernetes",
        ),
        before="\n".join(translation.before),
        rows=rows,
        still_missing=check_view.still_missing(translation),
        counts=tuple((fate, fates.count(fate)) for fate in FATES if fate in fates),
    )


def _row(entry: Entry, number: str) -> Row:
    written = check_view.entry_name(entry)
    return Row(
        id=number,
        fate=entry.fate,
        written=written.removeprefix(f"{ADDED}: ") if written.startswith(ADDED) else written,
        output=entry.output,
        reason=entry.reason,
    )


@lru_cache(maxsize=1)
def _templates() -> Environment:
    made = environment()
    made.globals.update(
        FATE_WORDS=FATE_WORDS,
        FATE_COUNTS=FATE_COUNTS,
    )
    made.filters.update(
        whole=_whole,
        exact=Markup.escape,
    )
    return made


def _whole(text: str) -> Markup:
    """Text whose lines stay lines: it is copied as it stands. All of it is escaped, and what no eye
    can see is made visible, a tab excepted."""
    lines = ("\t".join(map(one_line, line.split("\t"))) for line in text.split("\n"))
    return escape("\n".join(lines))
