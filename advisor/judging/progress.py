"""How far an earlier assessment's plan is, by a later assessment."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from advisor.judging.assessment import Assessment
from advisor.planning.seen import Seen
from advisor.planning.status import PlanProgress, plan_progress


def progress(
    old: Assessment, new: Assessment, copies: Mapping[str, str] | None = None
) -> PlanProgress | None:
    """None when either has no plan. A report that does not say what was seen leaves much unknown.
    `copies` are those that scripts found complete, as in `Seen`."""
    if old.plan is None or new.plan is None:
        return None
    seen = new.seen or Seen()
    return plan_progress(
        old.plan, new.plan, replace(seen, copies={**seen.copies, **(copies or {})})
    )
