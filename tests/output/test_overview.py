"""Counting, grouping, filtering and wording that all formats share."""

from __future__ import annotations

import msgspec
import pytest

from advisor.facts.quantity import plural, some
from advisor.judging.assessment import AcceleratorSummary, NodeSummary, Verdict
from advisor.output.formats import RenderOptions
from advisor.output.overview import arrange, fold_nodes, top_rules
from advisor.output.picture import drawn_nodes, rows
from advisor.output.wording import accelerator, nodes_counted, severity_count
from tests.output.sample import EMPTY, SAMPLE


def test_things_are_counted_by_outcome_strictest_first() -> None:
    view = arrange(SAMPLE, RenderOptions())
    counted = {t.topic: [(g.label, len(g.things)) for g in t.groups] for t in view.topics}
    names = ("must move", "unknown", "blocked", "may stay", "fine")
    assert counted == {
        "image": list(zip(names, (3, 1, 1, 1, 2), strict=True)),
        "data": list(zip(names, (1, 1, 1, 1, 1), strict=True)),
    }


def test_findings_are_grouped_by_severity_and_rule() -> None:
    view = arrange(SAMPLE, RenderOptions())
    grouped = [(g.severity, [(r.rule, len(r.findings)) for r in g.rules]) for g in view.severities]
    assert grouped == [
        ("error", [("DAT001", 1), ("IMG001", 2)]),
        ("warning", [("GPU002", 1), ("IMG004", 1)]),
        ("info", [("GPU006", 1)]),
    ]


def test_what_is_no_pass_stands_apart() -> None:
    view = arrange(SAMPLE, RenderOptions())
    apart = (view.unknown[0].rule, view.broken[0].rule, view.suppressed[0].rule, view.passed)
    assert apart == ("STO001", "SITE01", "IMG004", 2)


def test_a_higher_severity_hides_and_counts() -> None:
    view = arrange(SAMPLE, RenderOptions(min_severity="error"))
    assert ([group.count for group in view.severities], view.hidden) == ([3, 0, 0], 5)


def test_nothing_seen_is_unknown() -> None:
    view = arrange(EMPTY, RenderOptions())
    assert [topic.verdict.outcome for topic in view.topics] == ["unknown", "unknown"]


def test_consequences_come_first_and_what_was_decided_stands_elsewhere() -> None:
    known = dict(SAMPLE.rules)
    known["GPU002"] = msgspec.structs.replace(known["GPU002"], consequence="exposes")
    known["GPU006"] = msgspec.structs.replace(known["GPU006"], consequence="blocks-jobs")
    findings = tuple(
        msgspec.structs.replace(finding, severity="warning")
        if finding.rule in ("GPU006", "IMG001")
        else msgspec.structs.replace(finding, rule="LAB001")
        if finding.rule == "DAT001"
        else finding
        for finding in SAMPLE.findings
    )
    audit = msgspec.structs.replace(SAMPLE, rules=known, findings=findings, images=(), data=())
    rules = [rule.rule for rule in top_rules(arrange(audit, RenderOptions()))]
    assert rules == ["GPU006", "GPU002", "LAB001", "IMG001", "IMG004"]
    worse = tuple(
        msgspec.structs.replace(one, severity="error") if one.rule == "GPU002" else one
        for one in findings
    )
    error = msgspec.structs.replace(audit, findings=worse)
    first = [rule.rule for rule in top_rules(arrange(error, RenderOptions()))][:2]
    assert first == ["GPU002", "GPU006"]
    decided = msgspec.structs.replace(audit, images=SAMPLE.images)
    left = [rule.rule for rule in top_rules(arrange(decided, RenderOptions()))]
    assert left == ["GPU006", "GPU002", "LAB001", "IMG004"]


def test_a_remedy_is_shared_only_when_it_is_the_same() -> None:
    findings = tuple(msgspec.structs.replace(f, remedy=f.fingerprint) for f in SAMPLE.findings)
    view = arrange(msgspec.structs.replace(SAMPLE, findings=findings), RenderOptions())
    assert [rule.remedy for rule in view.severities[0].rules] == ["a3", ""]


def test_nodes_fold_by_shape_gpu_nodes_first() -> None:
    nodes = tuple(
        NodeSummary(name=name, gpu=gpu)
        for name, gpu in (("a", False), ("b", True), ("c", None), ("d", False), ("e", True))
    )
    assert [group.names for group in fold_nodes(nodes)] == [("b", "e"), ("c",), ("a", "d")]


def test_a_picture_is_bounded() -> None:
    nodes = tuple(NodeSummary(name=f"n{number}", gpu=number > 80) for number in range(200))
    assert [node.name for node in drawn_nodes(nodes)] == [f"n{n}" for n in range(81, 105)]


def test_devices_that_are_not_allocatable_are_drawn_apart() -> None:
    summary = AcceleratorSummary(resource="x/gpu", kind="whole", capacity=20, allocatable=1)
    (row,) = rows(NodeSummary(name="n", gpu=True, accelerators=(summary,)), {("n", "x/gpu"): 1})
    shown = [(cell.free, cell.used) for cell in row.cells[:2]]
    drawn = (len(row.cells), row.more, shown, row.height)
    assert drawn == (16, 4, [(True, True), (False, False)], 42)


@pytest.mark.parametrize(
    ("capacity", "allocatable", "words"),
    [
        (8, 8, "8 x nvidia.com/gpu (whole)"),
        (8, 7, "8 x nvidia.com/gpu (whole, 7 allocatable)"),
        (8, None, "8 x nvidia.com/gpu (whole, unknown allocatable)"),
        (None, None, "unknown x nvidia.com/gpu (whole)"),
    ],
)
def test_an_amount_never_stands_alone(
    capacity: int | None, allocatable: int | None, words: str
) -> None:
    summary = AcceleratorSummary(
        resource="nvidia.com/gpu", kind="whole", capacity=capacity, allocatable=allocatable
    )
    assert accelerator(summary) == words


@pytest.mark.parametrize(
    ("count", "ready", "nodes", "words"),
    [
        (None, None, (), "The number of GPU nodes is not known"),
        (0, None, (), "0 GPU nodes"),
        (1, 1, ("a",), "1 GPU node: a"),
        (2, 0, ("a", "b"), "2 GPU nodes (0 ready today): a, b"),
    ],
)
def test_a_verdict_says_what_it_rests_on(
    count: int | None, ready: int | None, nodes: tuple[str, ...], words: str
) -> None:
    verdict = Verdict(
        topic="image", outcome="move", count=count, ready=ready, nodes=nodes, sentence="", why=""
    )
    assert nodes_counted(verdict) == words


def test_counts_in_words() -> None:
    said = [plural(1, "node"), plural(2000, "node"), severity_count("error", 1), some("abc", 2)]
    assert said == ["1 node", "2,000 nodes", "1 error", "a, b and 1 more"]
