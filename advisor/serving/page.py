"""The page, whole or the part of it that answers a text, with each flag explained in its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
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
from advisor.serving.openapi import EXAMPLES
from advisor.serving.request import Filled, fields_of
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
    ledgers = (
        translation.ledger for check in report.jobs for translation in check.translations[:1]
    )
    return any(MARK in entry.item.value for ledger in ledgers for entry in ledger)


def _first(checks: Sequence[JobCheck]) -> list[tuple[int, JobCheck]]:
    return list(enumerate(checks[:_MOST_JOBS], start=1))


def _job(check: JobCheck, number: int, text: str) -> ShownJob:
    by_target = {translation.target: translation for translation in check.translations}
    translations = [by_target[target] for target in TARGET_NAMES if target in by_target]
    ledger = translations[0].ledger if translations else ()
    yaml = check.reader in ("compose", "manifest")
    findings = check_view.shown_findings(check, SEVERITIES[-1])
    return ShownJob(
        number=number,
        check=check,
        source=source_pieces(text, ledger, yaml=yaml),
        shown=tuple(
            _shown(translation, f"{number}-{translation.target}") for translation in translations
        ),
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


MOST_LINES = 400
"""Lines of a text that are marked: of a longer one the list says it all."""

_REST = re.compile(r"[\s\\]+$")
_LINE_END = re.compile(r"\n|\Z")
_COMMAND_END = re.compile(r"(?<!\\)\n|\Z")


class Piece(NamedTuple):
    """A stretch of text with the numbers of the ledger's entries that it is about, if any."""

    text: str
    entries: tuple[int, ...] = ()


class _Span(NamedTuple):
    start: int
    end: int
    entries: tuple[int, ...]


def source_pieces(text: str, ledger: Sequence[Entry], *, yaml: bool) -> tuple[Piece, ...]:
    """The lines of the text that a job is made of, with its flags or fields marked; nothing where
    the places of none are known."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    entries: dict[int, list[int]] = {}
    for number, entry in enumerate(ledger):
        place = entry.item.place
        if place is not None and place.line <= len(starts):
            offset = starts[place.line - 1] + place.column - 1
            entries.setdefault(min(offset, len(text)), []).append(number)
    if not entries:
        return ()
    offsets = sorted(entries)
    spans: list[_Span] = []
    for start, following in zip(offsets, [*offsets[1:], len(text)], strict=True):
        line_end = (_LINE_END if yaml else _COMMAND_END).search(text, start)
        end = min(following, line_end.start() if line_end else following)
        end = start + len(_REST.sub("", text[start:end]))
        spans.append(_Span(start, end, tuple(entries[start])))
    first = text.rfind("\n", 0, offsets[0]) + 1
    last = text.find("\n", spans[-1].end)
    last = len(text) if last < 0 else last
    if text.count("\n", first, last) > MOST_LINES:
        return ()
    return _cut(text, spans, first, last)


def output_pieces(text: str, ledger: Sequence[Entry], *, yaml: bool) -> tuple[Piece, ...]:
    """The whole text with what became of each flag or field marked, where it can be told."""
    spans: dict[tuple[int, int], list[int]] = {}
    for number, entry in enumerate(ledger):
        place = _in_manifest(text, entry.output) if yaml else _in_command(text, entry.output)
        if place is not None:
            spans.setdefault(place, []).append(number)
    kept: list[_Span] = []
    for (start, end), numbers in sorted(spans.items()):
        if not kept or start >= kept[-1].end:
            kept.append(_Span(start, end, tuple(numbers)))
    return _cut(text, kept, 0, len(text))


def _cut(text: str, spans: Iterable[_Span], first: int, last: int) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    position = first
    for start, end, entries in spans:
        pieces += [Piece(text[position:start]), Piece(text[start:end], entries)]
        position = end
    pieces.append(Piece(text[position:last]))
    return tuple(piece for piece in pieces if piece.text)


def _in_command(text: str, output: str) -> tuple[int, int] | None:
    """Words of the command; the `--` in front of the job's own words stands for all of them."""
    if not output:
        return None
    match = re.search(rf"(?<!\S){re.escape(output)}(?!\S)", text)
    if match is None:
        return None
    end = len(text.rstrip()) if output == "--" else match.end()
    return match.start(), end


def _in_manifest(text: str, output: str) -> tuple[int, int] | None:
    """The first line that says what the path of a field says."""
    wanted = tuple(_lines_for(output))
    if not wanted:
        return None
    for match in re.finditer(r"^[ \t]*(?:- )*(\S.*)$", text, re.MULTILINE):
        if match[1] in wanted:
            return match.span(1)
    return None


def _lines_for(output: str) -> Iterator[str]:
    """Lines of YAML that an output such as `containers[0].image: a/b:1` may stand for."""
    path, _, value = output.partition(": ")
    if mount := re.search(r" at (/\S*)$", value):
        yield f"mountPath: {mount[1]}"
        return
    if path.endswith("env"):
        yield f"- name: {value.partition(' ')[0]}"
        yield f"name: {value.partition(' ')[0]}"
        return
    keys = path.split(".")
    for length in range(len(keys), 0, -1):
        key = ".".join(keys[-length:])
        yield f"{key}: {value}" if value else f"{key}:"
