"""Plain rules over views: what becomes of true, false, missing and broken."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from advisor.configuration.settings import Ignore
from advisor.findings.finding import Evidence, Finding, Gap, Place
from advisor.rulebook.case import counted, without_texts
from advisor.rulebook.engine import Judgement, Judging, evaluate
from advisor.rulebook.loaded import Rulebook
from tests.rulebook.sample import LARGE, book_of, image, image_view, loaded, short_rule

TAG = short_rule(
    "LAB002",
    "image.tag == null && cluster.gpu_nodes > 1",
    needs="image.reference, image.tag, cluster.gpu_nodes",
    message="{{ image.reference }} has no tag",
    title="Image has no tag",
    severity="error",
)
PRINT = loaded(LARGE).fingerprint("image:a")


def test_true_is_a_finding() -> None:
    view = image_view(
        {"reference": "a", "size": 2048},
        evidence=(Evidence(fact="image.size", value="2 KiB", source="docker", strength="claimed"),),
        place=Place(file="job.yaml", line=3),
        owner="eva",
    )
    assert evaluate(book_of(LARGE), [view], {}) == Judgement(
        findings=(
            Finding(
                rule="LAB001",
                severity="warning",
                status="finding",
                subject=image(),
                message="a has 2.0 KiB.",
                remedy="Make it smaller.",
                evidence=(
                    Evidence(fact="image.reference", value="a"),
                    Evidence(fact="image.size", value="2048", source="docker", strength="claimed"),
                ),
                place=Place(file="job.yaml", line=3),
                links=("https://example.org/large",),
                fingerprint=PRINT,
                owner="eva",
            ),
        ),
        decisions=(),
        passed={},
        unmatched=(),
    )


def test_false_is_counted_only() -> None:
    views = [image_view({"reference": name, "size": 1}, name=name) for name in "ab"]
    assert evaluate(book_of(LARGE), views, {}) == Judgement(
        findings=(), decisions=(), passed={"LAB001": 2}, unmatched=()
    )


def test_missing_is_unknown_and_says_why() -> None:
    gap = Gap(fact="image", probe="docker", reason="refused", settle="sudo advisor snapshot")
    view = image_view({"reference": "a"}, gaps=(gap,))
    assert evaluate(book_of(LARGE), [view], {}).findings == (
        Finding(
            rule="LAB001",
            severity="warning",
            status="unknown",
            subject=image(),
            message="Cannot tell whether image is large: refused.",
            evidence=(Evidence(fact="image.reference", value="a"),),
            gaps=(gap,),
            links=("https://example.org/large",),
            fingerprint=PRINT,
        ),
    )


def test_longest_gap_explains() -> None:
    whole = Gap(fact="image", reason="refused")
    size = Gap(fact="image.size", reason="too slow")
    other = Gap(fact="image.si", reason="another fact")
    view = image_view({"reference": "a"}, gaps=(whole, size, other))
    assert [finding.gaps for finding in evaluate(book_of(LARGE), [view], {}).findings] == [(size,)]


def test_unexplained_gaps_are_named() -> None:
    finding = evaluate(book_of(TAG), [image_view({"reference": "a"})], {}).findings[0]
    assert (finding.message, finding.gaps) == (
        "Cannot tell whether image has no tag: image.tag, cluster.gpu_nodes are not known.",
        (
            Gap(fact="image.tag", reason="no probe supplied it"),
            Gap(fact="cluster.gpu_nodes", reason="no probe supplied it"),
        ),
    )


def test_missing_fact_below_a_need_is_named() -> None:
    rule = short_rule("LAB003", "image.contents.exists(c, c.id == 'x')", needs="image.contents")
    finding = evaluate(book_of(rule), [image_view({"contents": [{}]})], {}).findings[0]
    assert finding.gaps == (Gap(fact="image.contents.id", reason="no probe supplied it"),)


def test_what_decides_already_needs_no_more() -> None:
    judgement = evaluate(book_of(TAG), [image_view({"reference": "a", "tag": "1"})], {})
    assert judgement.passed == {"LAB002": 1}


def test_broken_rule_is_a_finding_and_the_run_goes_on() -> None:
    broken = short_rule("LAB004", "image.tag > 3", needs="image.tag")
    view = image_view({"reference": "a", "tag": None, "size": 1})
    assert evaluate(book_of(broken, LARGE), [view], {}) == Judgement(
        findings=(
            Finding(
                rule="LAB004",
                severity="warning",
                status="error",
                subject=image(),
                message="Rule LAB004 could not be applied: "
                "No matching overloads found : _>_(null_type, int64).",
                remedy="Correct the rule (LAB004.yaml) or disable it in the configuration.",
                evidence=(Evidence(fact="image.tag", value="none"),),
                fingerprint=loaded(broken).fingerprint("image:a"),
            ),
        ),
        decisions=(),
        passed={"LAB001": 1},
        unmatched=(),
    )


UNRENDERED = short_rule("LAB005", "true", needs="image.size", message="{{ image.size | bytes }}")


def test_text_that_cannot_be_rendered_is_an_error() -> None:
    finding = evaluate(book_of(UNRENDERED), [image_view({})], {}).findings[0]
    assert (finding.status, finding.message) == (
        "error",
        "Rule LAB005 could not be applied: its text cannot be rendered: "
        "'dict object' has no attribute 'size'.",
    )


@pytest.mark.parametrize("built_in", [True, False])
def test_counted_findings_are_the_written_ones_without_texts(built_in: bool) -> None:
    """A rule of the user's may break on its text; that is counted too."""
    rules = {
        "LAB004": short_rule("LAB004", "image.tag > 3", needs="image.tag"),
        "LAB006": short_rule("LAB006", "image.absent", needs="image.size"),
        **({} if built_in else {"LAB005": UNRENDERED}),
        "LAB002": TAG,
    }
    book = Rulebook({id: replace(loaded(text), built_in=built_in) for id, text in rules.items()})
    view = image_view({"reference": "a", "tag": None}, place=Place(file="f", line=2), owner="eva")
    cluster = {"gpu_nodes": 2}
    whole = Judging(book, cluster, ()).examine(view)
    brief = Judging(book, cluster, (), counted).examine(view)
    assert [replace(one, fingerprint="") for one in brief.findings] == [
        replace(without_texts(one), fingerprint="") for one in whole.findings
    ]
    assert {one.status for one in whole.findings} == {"finding", "unknown", "error"}


def test_order_is_by_severity_then_rule_then_subject() -> None:
    views = [image_view({"reference": n, "tag": None, "size": 999}, name=n) for n in "ba"]
    judgement = evaluate(book_of(LARGE, TAG), views, {"gpu_nodes": 2})
    assert [(f.severity, f.rule, f.subject.id) for f in judgement.findings] == [
        ("error", "LAB002", "image:a"),
        ("error", "LAB002", "image:b"),
        ("warning", "LAB001", "image:a"),
        ("warning", "LAB001", "image:b"),
    ]


def test_fingerprint_ignores_wording() -> None:
    reworded = LARGE.replace("has {{", "weighs {{").replace("Image is large", "Image is heavy")
    other = LARGE.replace("  - image.reference\n", "")
    assert loaded(reworded).fingerprint("image:a") == PRINT
    assert (
        len({PRINT, loaded(LARGE).fingerprint("image:b"), loaded(other).fingerprint("image:a")})
        == 3
    )


def test_suppressed_with_the_reason() -> None:
    view = image_view({"reference": "a", "size": 999})
    ignore = Ignore(rule="LAB001", subject="*image a", reason="planned")
    judgement = evaluate(book_of(LARGE), [view], {}, ignore=[ignore])
    plain = evaluate(book_of(LARGE), [view], {}).findings[0]
    assert judgement == Judgement(
        findings=(msgspec.structs.replace(plain, status="suppressed", reason="planned"),),
        decisions=(),
        passed={},
        unmatched=(),
    )


def test_ignores_that_meet_nothing_are_reported() -> None:
    unused = (
        Ignore(rule="LAB001", subject="image:b", reason="other subject"),
        Ignore(rule="LAB009", reason="no such rule"),
        Ignore(rule="LAB*", reason="ids are exact"),
    )
    view = image_view({"reference": "a", "size": 999}, ignores=(("LAB002", "old"), ("LAB001", "x")))
    judgement = evaluate(book_of(LARGE), [view], {}, ignore=unused)
    assert [(f.status, f.reason) for f in judgement.findings] == [("suppressed", "x")]
    assert judgement.unmatched == (
        *unused,
        Ignore(rule="LAB002", subject="image:a", reason="old"),
    )


def test_own_ignore_is_for_the_very_subject() -> None:
    odd = image_view({"reference": "a", "size": 999}, name="[a]", ignores=(("LAB001", "x"),))
    other = image_view({"reference": "a", "size": 999}, name="a")
    judgement = evaluate(book_of(LARGE), [odd, other], {})
    assert [(f.subject.id, f.status) for f in judgement.findings] == [
        ("image:[a]", "suppressed"),
        ("image:a", "finding"),
    ]


def test_disabled_rules_do_not_judge(tmp_path: Path) -> None:
    book = book_of(LARGE.replace("why:", "enabled: false\nwhy:"))
    assert evaluate(book, [image_view({"reference": "a", "size": 999})], {}) == Judgement(
        findings=(), decisions=(), passed={}, unmatched=()
    )
