"""Fixed means judged again and in order; what was not seen again is never called fixed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from advisor import api
from advisor.facts.host import Measurement
from advisor.facts.source import Source
from advisor.findings.finding import Finding, Outcome, Severity, Status, Subject
from advisor.judging.assessment import Assessment, NodeSummary, RuleSummary, Thing
from advisor.judging.difference import Difference, compare
from advisor.judging.threshold import diff_exit_code

_DEMO = api.audit(api.demo_snapshot())
_replace = msgspec.structs.replace


def _finding(
    name: str = "a", *, status: Status = "finding", severity: Severity = "error", mark: str = "x"
) -> Finding:
    return Finding(
        rule="IMG001",
        severity=severity,
        status=status,
        subject=Subject(scope="image", id=f"image:{name}", label=name),
        message="",
        fingerprint=mark,
    )


def _thing(name: str, outcome: Outcome, *machines: str) -> Thing:
    return Thing(
        subject=Subject(scope="image", id=f"image:{name}", label=name),
        topic="image",
        kind="image",
        outcome=outcome,
        rule="IMG001",
        location="",
        message=f"{name} {outcome}",
        machines=machines,
    )


def _audit(*findings: Finding, things: tuple[Thing, ...] = (), read: bool = True) -> Assessment:
    return Assessment(
        advisor="1",
        taken="",
        target="x",
        images=things,
        findings=findings,
        sources=(Source(probe="docker", target="h", status="ok" if read else "failed"),),
        rules={"IMG001": RuleSummary(title="", severity="error", why="")},
    )


def _counts(difference: Difference) -> tuple[int, int, int, int, int]:
    return (
        len(difference.fixed),
        len(difference.added),
        len(difference.changed),
        len(difference.gone),
        difference.same,
    )


def test_two_of_the_same_differ_in_nothing() -> None:
    difference = compare(_DEMO, _DEMO)
    found = [one for one in _DEMO.findings if one.status == "finding"]
    assert (_counts(difference), difference.things, difference.verdicts, difference.unread) == (
        (0, 0, 0, 0, len(found)),
        (),
        (),
        (),
    )


def test_judged_again_and_in_order_is_fixed() -> None:
    old = _audit(_finding(), things=(_thing("a", "move"),))
    new = _audit(things=(_thing("a", "ok"),))
    assert _counts(compare(old, new)) == (1, 0, 0, 0, 0)


def test_not_seen_again_is_not_fixed() -> None:
    old = _audit(_finding(), things=(_thing("a", "move"),))
    assert _counts(compare(old, _audit())) == (0, 0, 0, 1, 0)


def test_a_missing_fact_fixes_nothing() -> None:
    new = _audit(_finding(status="unknown", mark="y"))
    (change,) = compare(_audit(_finding()), new).changed
    assert (change.before, change.after) == ("error", "unknown")


def test_what_is_seen_on_fewer_machines_because_one_was_not_read_is_not_fixed() -> None:
    old = _audit(_finding(), things=(_thing("a", "move", "h", "i"),))
    new = _audit(things=(_thing("a", "ok", "i"),), read=False)
    difference = compare(old, new)
    assert (_counts(difference), difference.unread) == ((0, 0, 0, 1, 0), ("docker h: failed",))


def test_a_rule_that_is_judged_no_longer_fixes_nothing() -> None:
    new = _replace(
        _audit(things=(_thing("a", "ok"),)),
        rules={"IMG002": RuleSummary(title="", severity="info", why="")},
    )
    assert _counts(compare(_audit(_finding()), new)) == (0, 0, 0, 1, 0)


def test_the_same_finding_with_other_evidence_is_the_same() -> None:
    assert _counts(compare(_audit(_finding()), _audit(_finding(mark="z")))) == (0, 0, 0, 0, 1)


def test_a_finding_of_the_cluster_is_fixed_when_the_cluster_was_read_again() -> None:
    subject = Subject(scope="cluster", id="cluster:x", label="x")
    old = _audit(_replace(_finding(), subject=subject))
    seen = _replace(_audit(), nodes=(NodeSummary(name="n", gpu=True),))
    assert [_counts(compare(old, new)) for new in (seen, _audit())] == [
        (1, 0, 0, 0, 0),
        (0, 0, 0, 1, 0),
    ]


def test_things_turn() -> None:
    old = _audit(things=(_thing("a", "move"), _thing("b", "ok"), _thing("c", "stay")))
    new = _audit(things=(_thing("a", "stay"), _thing("b", "unknown"), _thing("d", "ok")))
    found = [(one.subject.label, one.turn) for one in compare(old, new).things]
    assert found == [("b", "worse"), ("d", "new"), ("a", "better"), ("c", "gone")]


def _moved_out(audit: Assessment, label: str) -> Assessment:
    """As if the place were on the network now."""
    assert audit.plan is not None
    data = tuple(
        _replace(one, action="use") if one.label == label else one for one in audit.plan.data
    )
    return _replace(audit, plan=_replace(audit.plan, data=data))


def test_progress_counts_by_wave() -> None:
    new = _moved_out(_DEMO, "/raid/public/my_datasets on dgx-1")
    progress = compare(_DEMO, new).progress
    assert [(wave.number, wave.done, wave.unknown, wave.total) for wave in progress] == [
        (1, 0, 0, 3),
        (2, 0, 0, 2),
        (3, 1, 0, 2),
        (4, 0, 0, 6),
        (5, 0, 0, 2),
    ]


@pytest.mark.parametrize("seen", [True, False])
def test_a_difference_and_a_status_count_alike(seen: bool) -> None:
    new = _moved_out(_DEMO, "/raid/public/my_datasets on dgx-1")
    if not seen:
        new = _replace(new, seen=None)
    status = api.plan_progress(_DEMO, new)
    waves = compare(_DEMO, new).progress
    moved = [step for step in status.steps if step.topic != "secret"]
    assert waves == status.waves
    assert sorted(step.id for wave in waves for step in wave.steps) == sorted(
        step.id for step in moved
    )
    assert (sum(wave.done for wave in waves), sum(wave.unknown for wave in waves)) == (
        sum(step.state == "done" for step in moved),
        sum(step.state == "unknown" for step in moved),
    )


def test_a_saved_report_counts_as_the_snapshot_does(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(api.render(_DEMO, "json"))
    assert (
        compare(_DEMO, api.load_assessment(str(report))).progress == compare(_DEMO, _DEMO).progress
    )


@pytest.mark.parametrize(
    ("new", "fail_on", "code"),
    [
        (_audit(_finding()), "error", 0),
        (_audit(_finding(), _finding("b", mark="y")), "error", 1),
        (_audit(_finding(), _finding("b", mark="y", severity="warning")), "error", 0),
        (_audit(_finding(), _finding("b", mark="y", severity="warning")), "warning", 1),
        (_audit(_finding(), _finding("b", mark="y")), "never", 0),
        (_audit(_finding(status="unknown")), "error", 0),
        (_audit(_finding(status="unknown")), "unknown", 3),
        (_replace(_audit(), state="incomplete"), "error", 3),
    ],
)
def test_exit_codes(new: Assessment, fail_on: str, code: int) -> None:
    assert diff_exit_code(compare(_audit(_finding()), new), fail_on) == code  # type: ignore[arg-type]


def test_counting_the_data_changes_no_verdict_and_no_finding() -> None:
    """The plan knows more; nothing got better or worse."""
    snapshot = api.demo_snapshot()
    counted = _replace(
        snapshot,
        hosts=tuple(
            _replace(
                host,
                measured=tuple(
                    Measurement(path=mount.source, size=5, allocated=5, files=1, complete=True)
                    for container in host.containers or ()
                    for mount in container.mounts
                    if mount.kind == "bind"
                ),
            )
            for host in snapshot.hosts
        ),
    )
    sized = api.audit(counted)
    assert [one.size for one in sized.data] != [one.size for one in _DEMO.data]
    for old, new in ((_DEMO, sized), (sized, _DEMO)):
        difference = compare(old, new)
        assert (difference.things, difference.verdicts) == ((), ())
        assert (difference.fixed, difference.added, difference.changed) == ((), (), ())
