"""What runs in a process of the pool: a request in, an answer out."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from advisor import api
from advisor.errors import AdvisorError
from advisor.jobs.translation import TARGETS
from advisor.judging.summaries import assumption_words, target_words
from advisor.serving import examples, guard, page
from advisor.serving.request import Filled, filled, from_form, from_json

if TYPE_CHECKING:
    from advisor.rulebook.loaded import Rulebook

Form = Literal["page", "answer", "json"]

SHARED = "advisor.serving.shared"
"""The module that the processes of the pool are forked behind."""

HTML, JSON = "text/html; charset=utf-8", "application/json"


class Setup(NamedTuple):
    """What every process is made ready with."""

    snapshot: api.Snapshot
    settings: api.Settings
    rules: tuple[str, ...]
    site: page.Site


def set_up(
    snapshot: api.Snapshot, settings: api.Settings, rules: tuple[str, ...], *, open_to_all: bool
) -> tuple[Setup, dict[str, str]]:
    """What every process needs, and further pages by their address: the report, which holds the
    plan, where there is something to report of. RuleError, InputError."""
    book = api.load_rulebook(settings, rules)
    further: dict[str, str] = {}
    links: list[tuple[str, str]] = []
    known = snapshot.cluster is not None or bool(snapshot.hosts)
    if known:
        assessment = api.audit(snapshot, settings, rulebook=book)
        further["report"] = api.render(assessment, "html")
        links = [("report", "Report")]
        links += [("report#plan", "Plan")] if assessment.plan is not None else []
    site = page.Site(
        cluster=target_words(snapshot) if known else "",
        taken=snapshot.taken if known else "",
        assumed=assumption_words(settings),
        pages=tuple(links),
        open=open_to_all,
    )
    return Setup(snapshot, settings, rules, site), further


class Asked(NamedTuple):
    """A request: what kind of answer, and the body as it came."""

    form: Form
    body: bytes


class Answered(NamedTuple):
    """`fault` says where in advisor something went wrong, without a word of the request."""

    status: int
    kind: str
    body: bytes
    fault: str = ""


class Desk:
    """Answers one request after another."""

    def __init__(
        self, snapshot: api.Snapshot, settings: api.Settings, rulebook: Rulebook, site: page.Site
    ) -> None:
        self._checker = api.text_checker(snapshot, settings, rulebook=rulebook)
        self._site = site

    def answer(self, asked: Asked) -> Answered:
        """Never raises: what a user can mend is 400, anything else 500."""
        forms: dict[Form, Callable[[bytes], Answered]] = {
            "page": self._page,
            "answer": self._fragment,
            "json": self._json,
        }
        try:
            return forms[asked.form](asked.body)
        except AdvisorError as error:
            return failed(asked.form, 400, error.line())
        except Exception as error:
            failure = failed(asked.form, 500, "advisor has a fault here: please report this input")
            # The kind of the error and the lines of code it went through: its text may hold the
            # input.
            frames = traceback.extract_tb(error.__traceback__)[-4:]
            places = " > ".join(
                f"{frame.filename.rpartition('advisor/')[2]}:{frame.lineno}" for frame in frames
            )
            return failure._replace(fault=(f"{type(error).__name__} at {places}"))

    def _judged(self, form: Filled) -> page.Answer:
        report = self._checker.check(form.text, TARGETS, form.given)
        return page.Answer(form=form, report=report)

    def _page(self, body: bytes) -> Answered:
        return Answered(200, HTML, page.whole(self._judged(from_form(body)), self._site).encode())

    def _fragment(self, body: bytes) -> Answered:
        return Answered(
            200, HTML, page.fragment(self._judged(from_form(body)), self._site).encode()
        )

    def _json(self, body: bytes) -> Answered:
        text, targets, given = from_json(body)
        report = self._checker.check(text, targets, given)
        return Answered(200, JSON, api.render_check(report, "json").encode())

    def try_everything(self) -> None:
        """Have everything loaded and compiled that requests need."""
        for one in examples.EXAMPLES:
            page.whole(self._judged(filled(one.text, {})), self._site)
            body = msgspec.json.encode({"text": one.text})
            self._json(body)


def failed(form: Form, status: int, what: str) -> Answered:
    """An answer that says what went wrong."""
    if form == "json":
        return Answered(status, JSON, msgspec.json.encode({"error": what}))
    return Answered(status, HTML, page.failure(what, whole=form == "page").encode())


_desks: list[Desk] = []
"""The one of this process."""


def prepare(setup: Setup) -> None:
    """Make this process ready; called once in it."""
    from advisor.serving.shared import BOOK

    settings, rules = setup.settings, setup.rules
    book = api.load_rulebook(settings, rules) if settings.rules or rules else BOOK
    desk = Desk(setup.snapshot, settings, book, setup.site)
    guard.confine()
    logging.disable(logging.CRITICAL)
    _desks.append(desk)


def work(asked: Asked) -> Answered:
    """Answer a request in this process."""
    return _desks[0].answer(asked)
