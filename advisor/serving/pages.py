"""What is worked out once, before anything is served."""

from __future__ import annotations

from advisor import api
from advisor.judging.summaries import assumption_words, target_words
from advisor.serving import page
from advisor.serving.worker import Setup


def prepare(
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
