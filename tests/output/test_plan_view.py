"""The plan as steps, jobs as tables of flags, and the session that is held from them."""

from __future__ import annotations

import msgspec

from advisor.findings.finding import Decision
from advisor.output.data_steps import Command
from advisor.output.formats import RenderOptions
from advisor.output.html import fold_uses
from advisor.output.overview import arrange
from advisor.output.picture import flows
from advisor.output.plan_view import arrange_plan, duration, question_key, work_of_wave
from advisor.output.remedies import arrange_facets, attributes
from advisor.output.session import Reason, arrange_jobs, arrange_session, cheat_sheet, glossary
from advisor.planning.plan import Wave
from tests.output.sample import EMPTY, SAMPLE
from tests.output.sample_plan import PLAN
from tests.output.sample_things import IMAGES


def test_steps_stand_in_the_order_in_which_they_are_done() -> None:
    view = arrange_plan(SAMPLE)
    assert view is not None
    assert [step.title for step in view.first] == [
        "Let the namespaces pull from the registry",
        "Make the claims that the data goes to",
    ]
    assert [[step.title for step in wave.steps] for wave in view.waves] == [
        [
            "Keep what was changed inside of `llm`, if it is worth it",
            "Push `llm-finetune:v3` as `registry.lab.example/llm-finetune:v3-dgx-01`",
            "Copy `/raid/datasets/imagenet on dgx-01` to claim data-imagenet (filer)",
            "Start `llm on dgx-01` on the cluster, and compare its result",
        ],
        [
            "Push `segmentation:latest` as `registry.lab.example/segmentation:latest`",
            "Copy `named volume results on dgx-01` to claim data-results (class to choose)",
            "Start `Job team/etl` on the cluster, and compare its result",
        ],
    ]


def test_a_push_names_the_image_as_its_host_does() -> None:
    image = msgspec.structs.replace(PLAN.images[0], target="r/x:1", label="other")
    plan = msgspec.structs.replace(PLAN, images=(image, *PLAN.images[1:]))
    view = arrange_plan(msgspec.structs.replace(SAMPLE, plan=plan))
    assert view is not None
    assert view.waves[0].steps[1].commands == (
        Command(text="docker tag llm-finetune:v3 r/x:1\ndocker push r/x:1"),
    )


def test_what_only_a_node_holds_is_pushed_by_hand_or_by_its_script() -> None:
    held = msgspec.structs.replace(
        PLAN.images[1], content=f"sha256:{'a' * 64}", source_node="n 1", by_hand="on n 1: ctr"
    )
    plan = msgspec.structs.replace(PLAN, images=(PLAN.images[0], held, *PLAN.images[2:]))
    view = arrange_plan(msgspec.structs.replace(SAMPLE, plan=plan))
    assert view is not None
    assert view.waves[1].steps[0].commands == (
        Command(text="on n 1: ctr", label="By hand, on the node"),
        Command(
            text="plan/15-node-images-n-1.sh --ssh 'root@n 1' --apply",
            label="Or by its script, which compares before and after",
        ),
    )


def test_a_step_is_known_again_in_another_report() -> None:
    first = arrange_plan(SAMPLE)
    again = arrange_plan(msgspec.structs.replace(SAMPLE, taken="2027-01-01T00:00:00Z"))
    assert first == again


def test_a_question_is_known_again_under_another_number() -> None:
    question = PLAN.questions[0]
    assert question_key(question) == question_key(msgspec.structs.replace(question, id="Q9"))


def test_nothing_planned_is_no_plan() -> None:
    assert arrange_plan(EMPTY) is None


def test_durations() -> None:
    assert [duration(n) for n in (0, 1, 61, 3700, 90_000)] == [
        "",
        "1 second",
        "2 minutes",
        "2 hours",
        "2 days",
    ]


def test_work_is_at_least_what_is_known() -> None:
    def work(**known: int) -> str:
        return work_of_wave(Wave(number=1, title="", kind="rest", **known)).text

    assert work(bytes=13 * 2**30, seconds=112) == "13.0 GiB, about 2 minutes"
    assert (
        work(bytes=13 * 2**30, seconds=112, unknown_sizes=5)
        == "at least 13.0 GiB, at least 2 minutes"
    )
    assert work(unknown_sizes=3) == "size not known"
    assert work() == ""


def test_the_agenda_names_what_there_is_to_talk_about() -> None:
    session = arrange_session(arrange(SAMPLE, RenderOptions()), arrange_plan(SAMPLE))
    assert [(item.minutes, item.title, item.anchor) for item in session.agenda] == [
        (10, "What was found", "verdict"),
        (5, "What is not known", "not-assessed"),
        (10, "Questions to owners", "questions"),
        (10, "Where images and data go", "before-after"),
        (5, "How many GPUs", "capacity"),
        (15, "The first job, together", "wave-1"),
        (15, "What I type now", "jobs"),
        (10, "Dates", "plan"),
    ]
    assert (session.minutes, session.people, session.numbers()) == (
        80,
        ("alice",),
        {"Q1": 1, "Q2": 2},
    )


def test_a_session_about_nothing_is_short() -> None:
    session = arrange_session(arrange(EMPTY, RenderOptions()), None)
    assert [item.title for item in session.agenda] == ["What was found"]


def test_a_flag_tells_each_reason_once() -> None:
    view = arrange_jobs(PLAN)[0]
    assert [(row.added, row.fate, row.reasons) for row in view.rows] == [
        ("", "mapped", (Reason(text="same number"),)),
        (
            "",
            "no-equivalent",
            (
                Reason(text="same", targets=("runai-v1",)),
                Reason(text="more shared memory instead", targets=("runai-v2",)),
                Reason(text="`hostIPC`", targets=("kubernetes",)),
            ),
        ),
        ("project", "unresolved", (Reason(text="give `--project`"),)),
    ]


def test_jobs_that_stay_as_they_are_are_left_out() -> None:
    assert [view.job.label for view in arrange_jobs(PLAN)] == ["llm on dgx-01", "Job team/etl"]


def test_a_picture_loses_nothing() -> None:
    images, data = flows(PLAN)
    assert [(band.before, band.after, band.count) for band in images.bands] == [
        ("on dgx-01", "registry.lab.example", 1),
        ("on dgx-01", "stays on its machine", 1),
        ("on dgx-01", "no node can run its jobs", 1),
        ("on dgx-02", "registry.lab.example", 1),
        ("in a registry", "in a registry, as today", 1),
        ("not known", "to be settled first", 1),
    ]
    assert [(band.before, band.after, band.count) for band in data.bands] == [
        ("on dgx-01", "storage class filer", 1),
        ("on dgx-01", "storage to choose", 1),
        ("outside the machines", "used where it is", 1),
        ("in a claim", "stays on its machine", 1),
        ("not known", "to be settled first", 1),
    ]


def test_many_machines_become_one_end() -> None:
    holder = PLAN.images[0].holders[0]
    image = PLAN.images[0]
    many = tuple(
        msgspec.structs.replace(
            image, holders=(msgspec.structs.replace(holder, machines=(f"m{number:02}",)),)
        )
        for number in range(20)
    )
    plan = msgspec.structs.replace(PLAN, images=many, data=())
    (flow,) = flows(plan)
    assert [(end.label, end.count) for end in flow.left][:2] == [
        ("on 14 more machines", 14),
        ("on m00", 1),
    ]


def test_uses_with_the_same_grounds_are_told_once() -> None:
    subject = IMAGES[0].subject
    uses = tuple(
        Decision(
            subject=subject, topic="image", outcome="move", rule="IMG001", use=use, owner=owner
        )
        for use, owner in (("a", "alice"), ("b", ""))
    )
    other = msgspec.structs.replace(uses[0], use="c", location="elsewhere")
    thing = msgspec.structs.replace(IMAGES[0], decisions=(*uses, other))
    assert [group.names for group in fold_uses(thing)] == [("a (alice)", "b"), ("c (alice)",)]


def test_filters_know_owners_and_machines_by_number() -> None:
    facets = arrange_facets(SAMPLE)
    assert attributes(facets, ["nobody"], [""]) == ""
    alice, dgx = facets.owners["alice"], facets.machines["dgx-01.lab.example"]
    assert attributes(facets, ["alice"], ["dgx-01.lab.example"]) == f' data-marks="o{alice} m{dgx}"'


def test_every_row_of_the_cheat_sheet_names_known_sources() -> None:
    sheet = cheat_sheet()
    rows = [row for part in sheet.parts for row in part.rows]
    named = {source.partition(":")[0] for row in rows for source in row.sources}
    assert (len(rows), named - set(sheet.sources)) == (49, set())


def test_a_row_without_a_command_says_what_to_do() -> None:
    rows = [row for part in cheat_sheet().parts for row in part.rows]
    none = [row for row in rows if not (row.runai_v1 or row.runai_v2 or row.kubectl)]
    assert [row.docker for row in none if not row.note] == []


def test_the_glossary_is_in_order() -> None:
    terms = [term.term.lower() for term in glossary()]
    assert terms == sorted(terms)
