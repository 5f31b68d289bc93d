"""Objects with several roles: each role is judged alone, the manifest is written as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Target, Translation
from advisor.judging.check_report import JobCheck
from advisor.judging.job_target import JobTarget
from advisor.rulebook.finding import STRICTEST, Outcome

_TARGET: Target = "kubernetes"
Outcomes = Mapping[str, Outcome]


def whole_objects(
    jobs: Sequence[JobSpec],
    outcomes: Sequence[Outcomes],
    checks: Sequence[JobCheck],
    target: JobTarget,
) -> tuple[JobCheck, ...]:
    """The checks, with the manifests of roles of one object made from the outcomes of all."""
    groups: dict[int, list[int]] = {}
    for number, job in enumerate(jobs):
        if job.document is not None and any(
            made.target == _TARGET for made in checks[number].translations
        ):
            groups.setdefault(id(job.document), []).append(number)
    made = list(checks)
    for numbers in groups.values():
        if len(numbers) > 1:
            together = _together([jobs[one] for one in numbers], [outcomes[one] for one in numbers])
            leader = next(
                (jobs[one] for one in numbers if jobs[one].accelerators), jobs[numbers[0]]
            )
            for one in numbers:
                made[one] = _rewritten(jobs[one], checks[one], leader, together, target)
    return tuple(made)


def _together(jobs: Sequence[JobSpec], outcomes: Sequence[Outcomes]) -> dict[str, Outcome]:
    """The strictest of each; that of an image by its name too, since roles may have their own."""
    together: dict[str, Outcome] = {}
    for job, own in zip(jobs, outcomes, strict=True):
        images = {f"image:{one.reference}": own["image"] for one in job.images if "image" in own}
        for key, outcome in {**own, **images}.items():
            found = {outcome, together.get(key, outcome)}
            together[key] = next(one for one in STRICTEST if one in found)
    return together


def _rewritten(
    job: JobSpec, check: JobCheck, leader: JobSpec, outcomes: Outcomes, target: JobTarget
) -> JobCheck:
    from advisor.writers import write

    translation = write(job, target.situation(leader, _TARGET, outcomes))
    own = tuple(one for one in translation.missing if _is_of(one, translation))
    translation = replace(translation, missing=own)
    return replace(
        check,
        translations=tuple(
            translation if one.target == _TARGET else one for one in check.translations
        ),
    )


def _is_of(missing: str, translation: Translation) -> bool:
    return any(
        missing.startswith(f"{entry.item.name}: ")
        for entry in translation.ledger
        if entry.fate == "unresolved"
    )
