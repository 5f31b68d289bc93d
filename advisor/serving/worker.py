"""What runs in a process of the pool, a request in, an answer out, and what it may not do, whatever
the text makes it try."""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from advisor import api
from advisor.checking.processes import end_with_parent
from advisor.errors import AdvisorError
from advisor.jobs.translation import TARGETS
from advisor.judging.summaries import assumption_words, target_words
from advisor.serving import openapi, page
from advisor.serving.request import Filled, filled, from_form, from_json

if TYPE_CHECKING:
    from advisor.rulebook.loaded import Rulebook


Form = Literal["page", "answer", "json"]

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


class Responder:
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
        for example in openapi.EXAMPLES:
            page.whole(self._judged(filled(example.text, {})), self._site)
            body = msgspec.json.encode({"text": example.text})
            self._json(body)


def failed(form: Form, status: int, what: str) -> Answered:
    """An answer that says what went wrong."""
    if form == "json":
        return Answered(status, JSON, msgspec.json.encode({"error": what}))
    return Answered(status, HTML, page.failure(what, whole=form == "page").encode())


_shipped: list[Rulebook] = []
"""Holds the rules as they are shipped, in the process that those of the pool are forked from."""

_responders: list[Responder] = []
"""Holds the responder of this process."""


def load_once() -> None:
    """Load what is the same for every process of the pool, so that one that replaces another is
    there at once."""
    book = api.load_rulebook(api.Settings())
    Responder(api.demo_snapshot(), api.Settings(), book, page.Site()).try_everything()
    _shipped.append(book)
    gc.collect()
    gc.freeze()


def prepare(setup: Setup) -> None:
    """Make this process ready; called once in it."""
    settings, rules = setup.settings, setup.rules
    changed = settings.rules or rules or not _shipped
    book = api.load_rulebook(settings, rules) if changed else _shipped[0]
    responder = Responder(setup.snapshot, settings, book, setup.site)
    confine()
    logging.disable(logging.CRITICAL)
    _responders.append(responder)


def work(asked: Asked) -> Answered:
    """Answer a request in this process."""
    return _responders[0].answer(asked)


MOST_MEMORY = 768 * 2**20
"""Bytes that a process may take beyond what it has when it begins."""

_LISTING = frozenset({"os.listdir", "os.scandir"})
_REFUSED = frozenset(
    {
        *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"),
        *("os.chdir", "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename"),
        *("os.rmdir", "os.symlink", "os.truncate", "os.putenv", "os.kill", "pty.spawn"),
        *("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto"),
        *("subprocess.Popen", "shutil.rmtree", "ctypes.dlopen"),
    }
)
"""Events of the interpreter that no request needs."""


def confine() -> None:
    """Bind this process for good: no file but those of advisor and its libraries is read, none is
    written, no program and no connection is started, memory is bounded. It ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.dont_write_bytecode = True
    threading.Thread(target=end_with_parent, daemon=True).start()
    for limit, most in ((resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        _limit(limit, most)
    if (taken := _memory()) is not None:
        _limit(resource.RLIMIT_AS, taken + MOST_MEMORY)
    folders = _own_folders()

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _REFUSED:
            raise PermissionError(f"{event} is refused for a request")
        if (event == "open" or event in _LISTING) and not isinstance(arguments[0], int):
            written = os.fsdecode(arguments[0] or ".")
            path = written if os.path.isabs(written) else os.path.abspath(written)
            if not os.path.realpath(path).startswith(folders):
                raise PermissionError("no file is opened for a request")

    sys.addaudithook(refuse)


def _own_folders() -> tuple[str, ...]:
    """Where code and tables are that are loaded when they are first needed."""
    here = os.path.realpath(os.curdir)
    folders = {path for path in sys.path if os.path.isabs(path) and os.path.realpath(path) != here}
    for name in ("advisor", "advisor_rules", "advisor_reports"):
        spec = find_spec(name)
        folders |= set((spec and spec.submodule_search_locations) or ())
    return tuple(f"{os.path.realpath(folder)}{os.sep}" for folder in sorted(folders))


def _limit(which: int, most: int) -> None:
    with suppress(ValueError, OSError):
        resource.setrlimit(which, (most, most))


def _memory() -> int | None:
    """Bytes of address space that this process has; None where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    except (OSError, ValueError):
        return None
    return int(pages) * resource.getpagesize()
