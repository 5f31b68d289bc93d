"""Deciding rules: a decision for each use, a finding for the whole."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.configuration.settings import Ignore
from advisor.findings.finding import Decision, Evidence, Finding, Gap
from advisor.rulebook.engine import Judgement, Judging, evaluate
from advisor.rulebook.expression import Expression
from advisor.rulebook.loaded import Rulebook, Use
from tests.rulebook.sample import book_of, image, image_view, loaded, short_rule

RULES = {
    outcome: short_rule(
        f"LAB00{number}",
        when,
        needs=needs,
        outcome=outcome,
        title=f"Image is {outcome}",
        message=f"{{{{ use.job }}}}: {outcome}",
        severity=severity,
    )
    for number, (outcome, when, needs, severity) in enumerate(
        [
            ("ok", "use.location == 'registry-verified'", "use.job, use.location", "info"),
            ("blocked", "use.eligible.count == 0", "use.job, use.eligible", "error"),
            ("unknown", "use.location == 'unknown'", "use.job, use.location", "warning"),
            ("stay", "use.eligible.count == 1", "use.job, use.eligible", "info"),
            ("move", "use.eligible.count > 1", "use.job, use.eligible", "error"),
        ]
    )
}
BOOK = book_of(*RULES.values())


def use(job: str, location: str, count: int | None, **more: Any) -> Use:
    facts: dict[str, Any] = {"job": job, "location": location}
    if count is not None:
        nodes = [f"n{number}" for number in range(count)]
        facts["eligible"] = {"count": count, "ready": count, "nodes": nodes}
    return Use(label=job, facts=facts, **more)


def outcomes(*uses: Use) -> list[tuple[str, str, str]]:
    judgement = evaluate(BOOK, [image_view({}, *uses)], {})
    return [(d.use, d.outcome, d.rule) for d in judgement.decisions]


def test_decision_and_finding_in_full() -> None:
    judgement = evaluate(BOOK, [image_view({}, use("j", "local-only", 2, owner="eva"))], {})
    evidence = (
        Evidence(fact="use.job", value="j"),
        Evidence(fact="use.eligible", value="count 2, ready 2, nodes (n0, n1)"),
    )
    assert judgement == Judgement(
        findings=(
            Finding(
                rule="LAB004",
                severity="error",
                status="finding",
                subject=image(),
                message="j: move",
                remedy="Do it.",
                evidence=evidence,
                fingerprint=loaded(RULES["move"]).fingerprint("image:a"),
            ),
        ),
        decisions=(
            Decision(
                subject=image(),
                topic="image",
                outcome="move",
                rule="LAB004",
                use="j",
                owner="eva",
                location="local-only",
                count=2,
                ready=2,
                nodes=("n0", "n1"),
                message="j: move",
                remedy="Do it.",
                evidence=evidence,
            ),
        ),
        passed={},
        unmatched=(),
    )


@pytest.mark.parametrize(
    ("location", "count", "outcome", "rule"),
    [
        ("registry-verified", 0, "ok", "LAB000"),
        ("registry-verified", None, "ok", "LAB000"),
        ("local-only", 0, "blocked", "LAB001"),
        ("unknown", 0, "blocked", "LAB001"),
        ("unknown", 1, "unknown", "LAB002"),
        ("local-only", 1, "stay", "LAB003"),
        ("local-only", 3, "move", "LAB004"),
        ("local-only", None, "unknown", "LAB001"),
        ("local-only", -1, "unknown", ""),
    ],
)
def test_first_true_rule_decides(location: str, count: int | None, outcome: str, rule: str) -> None:
    assert outcomes(use("j", location, count)) == [("j", outcome, rule)]


def test_each_use_is_decided_and_the_strictest_stands_for_the_whole() -> None:
    uses = (
        use("c", "local-only", 2),
        use("b", "local-only", 2),
        use("a", "local-only", 1),
        use("d", "registry-verified", 2),
    )
    judgement = evaluate(BOOK, [image_view({}, *uses)], {})
    assert [(d.use, d.outcome) for d in judgement.decisions] == [
        ("a", "stay"),
        ("b", "move"),
        ("c", "move"),
        ("d", "ok"),
    ]
    assert [(f.rule, f.message) for f in judgement.findings] == [("LAB004", "b: move")]
    assert judgement.passed == {}


@pytest.mark.parametrize(
    ("uses", "rule", "status"),
    [
        ([("local-only", 2), ("unknown", 2), ("local-only", 0)], "LAB004", "finding"),
        ([("unknown", 2), ("local-only", 0)], "LAB002", "unknown"),
        ([("local-only", 0), ("local-only", 1)], "LAB001", "finding"),
        ([("local-only", 1), ("registry-verified", 1)], "LAB003", "finding"),
    ],
)
def test_strictness(uses: list[tuple[str, int]], rule: str, status: str) -> None:
    view = image_view({}, *(use(str(n), *given) for n, given in enumerate(uses)))
    findings = evaluate(BOOK, [view], {}).findings
    assert [(f.rule, f.status) for f in findings] == [(rule, status)]


def test_ok_is_counted_only() -> None:
    judgement = evaluate(BOOK, [image_view({}, use("j", "registry-verified", 2))], {})
    assert (judgement.findings, judgement.passed) == ((), {"LAB000": 1})


def test_missing_before_any_true_is_unknown_with_its_gaps() -> None:
    gap = Gap(fact="use.eligible", probe="kubernetes", reason="403 on nodes")
    judgement = evaluate(BOOK, [image_view({}, use("j", "local-only", None, gaps=(gap,)))], {})
    message = "Cannot tell whether image is blocked: 403 on nodes."
    assert [(d.outcome, d.rule, d.message, d.gaps) for d in judgement.decisions] == [
        ("unknown", "LAB001", message, (gap,))
    ]
    assert [(f.status, f.rule, f.message, f.gaps) for f in judgement.findings] == [
        ("unknown", "LAB001", message, (gap,))
    ]


def test_rule_that_decides_unknown_shows_the_gaps_of_the_use() -> None:
    gap = Gap(fact="use.location", probe="docker", reason="no mount table")
    judgement = evaluate(BOOK, [image_view({}, use("j", "unknown", 2, gaps=(gap,)))], {})
    assert [(f.status, f.message, f.gaps) for f in judgement.findings] == [
        ("unknown", "j: unknown", (gap,))
    ]


def test_nothing_decides() -> None:
    judgement = evaluate(BOOK, [image_view({}, use("j", "local-only", -1))], {})
    assert [(f.rule, f.status, f.message) for f in judgement.findings] == [
        ("", "unknown", "No rule decides what becomes of this image.")
    ]


def test_broken_rule_leaves_the_outcome_unknown_and_is_reported_beside_a_stricter_use() -> None:
    uses = (use("a", "local-only", 2), Use(label="b", facts={"location": "x", "eligible": None}))
    judgement = evaluate(BOOK, [image_view({}, *uses)], {})
    assert [(d.use, d.outcome, d.rule) for d in judgement.decisions] == [
        ("a", "move", "LAB004"),
        ("b", "unknown", "LAB001"),
    ]
    assert [(f.rule, f.status) for f in judgement.findings] == [
        ("LAB001", "error"),
        ("LAB004", "finding"),
    ]


def test_ignoring_hides_the_finding_and_not_the_decision() -> None:
    view = image_view({}, use("j", "local-only", 2))
    judgement = evaluate(BOOK, [view], {}, ignore=[Ignore(rule="LAB004", reason="later")])
    assert [(f.rule, f.status, f.reason) for f in judgement.findings] == [
        ("LAB004", "suppressed", "later")
    ]
    assert [d.outcome for d in judgement.decisions] == ["move"]


def test_no_uses_no_decision() -> None:
    assert evaluate(BOOK, [image_view({})], {}) == Judgement(
        findings=(), decisions=(), passed={}, unmatched=()
    )


def test_rules_asked_together_say_what_each_says_alone() -> None:
    """True, false, missing and of the wrong kind, for many more views than are asked singly."""
    plain = {
        "LAB010": "image.size > 400",
        "LAB011": "image.tag == null  // to the end",
        "LAB012": "image.size.size() == 5 || image.size == -1",
        "LAB013": "image.size < 0",
    }
    texts = [short_rule(rule, when, needs="image.size, image.tag") for rule, when in plain.items()]
    book = book_of(*texts, *RULES.values())
    uses = [
        use("j", location, count)
        for location in ("registry-verified", "unknown", "local-only")
        for count in (0, 1, 2, None)
    ]
    sizes: list[Any] = [*range(420), None, "large", -1]
    facts = [{"tag": "1"} if size is None else {"tag": "1", "size": size} for size in sizes]
    facts += [*facts[400:], {"size": 1}, {"tag": None, "size": 1}]
    views = [
        image_view(one, uses[number % len(uses)], name=str(number))
        for number, one in enumerate(facts)
    ]
    together = Judging(book, {}, ())
    found = [together.examine(view) for view in views]
    assert found == [Judging(Rulebook(book), {}, ()).examine(view) for view in views]


def test_rules_that_say_nothing_are_asked_in_one_expression(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    evaluate_one = Expression.evaluate
    monkeypatch.setattr(
        Expression, "evaluate", lambda self, facts: asked.append(self) or evaluate_one(self, facts)
    )
    rules = [short_rule(f"LAB02{n}", f"image.size == -{n}", needs="image.size") for n in range(9)]
    book = book_of(*rules, *RULES.values())
    evaluate(book, [image_view({"size": 1}, use("j", "local-only", 2))] * 1100, {})
    assert len(asked) < 1100 * (len(rules) + len(RULES)) / 3
