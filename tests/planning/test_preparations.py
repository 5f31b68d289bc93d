"""What the cluster lacks for the Run:ai release stands in the plan before everything else."""

from __future__ import annotations

from pathlib import Path

from advisor import api
from advisor.output.formats import RenderOptions
from advisor.output.plan_terminal import render_plan
from advisor.output.plan_view import arrange_plan

OLD = api.Settings(runai="2.9", registry="r.example/x")
REASON = "Run:ai 2.9 supports Kubernetes 1.23 to 1.26; this cluster has v1.33.4."


def test_the_first_step_is_the_clusters(tmp_path: Path) -> None:
    snapshot = api.demo_snapshot()
    audit = api.audit(snapshot, OLD)
    assert audit.plan is not None
    (one,) = audit.plan.preparations
    assert (one.rule, one.title, one.reason) == ("PRE001", "Run:ai 2.9: Kubernetes", REASON)
    view = arrange_plan(audit)
    assert view is not None
    assert (view.first[0].topic, view.first[0].title) == ("cluster", "Run:ai 2.9: Kubernetes")
    assert view.first[0].notes == (REASON, one.remedy)
    terminal = render_plan(audit.plan, RenderOptions())
    assert terminal.index("Run:ai 2.9 supports") < terminal.index("WAVES")
    api.write_plan(audit, snapshot, str(tmp_path / "plan"))
    readme = (tmp_path / "plan" / "README.md").read_text()
    assert f"- [ ] Run:ai 2.9: Kubernetes. {REASON}" in readme
    assert readme.index(REASON) < readme.index("## Waves")


def test_nothing_has_to_be_prepared_where_all_is_met_or_only_not_known() -> None:
    audit = api.audit(api.demo_snapshot(), api.Settings(runai="2.25"))
    assert audit.plan is not None
    assert audit.plan.preparations == ()


def test_what_was_suppressed_is_no_step() -> None:
    from msgspec.structs import replace

    from advisor.configuration.settings import Ignore

    known = Ignore(rule="PRE001", reason="the upgrade is booked")
    audit = api.audit(api.demo_snapshot(), replace(OLD, ignore=(known,)))
    assert audit.plan is not None
    assert audit.plan.preparations == ()
