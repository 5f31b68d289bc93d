"""Jobs that differ in their names alone share an examination; no rule may notice, whatever it does
with a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from advisor import api
from advisor.checking.job_examiner import JobContext
from advisor.checking.view_examiner import NAMES, STAND_IN, hangs_on_names
from advisor.configuration.settings import Settings, parse_assumption
from advisor.facts.snapshot import Snapshot
from advisor.judging.check_report import JobCheck
from advisor.judging.common import load_catalogs
from advisor.placement.placement import Placement
from advisor.readers.specs import read_specs
from advisor.rulebook.loaded import Rulebook, View
from advisor.views.data_view import job_data_views
from advisor.views.image_view import job_image_views
from tests.readers.manifest.whole_files import manifest_jobs
from tests.rulebook.sample import loaded, short_rule

SETTINGS = Settings(assume=parse_assumption("gpu-nodes=2,gpus-per-node=8"))
LINES = tuple(
    f"docker run --gpus 1 --name {name} -v /raid/x:/x lab/train:1"
    for name in ("xx", "yy", "a-b", "train-large", "train-small")
)
RULE = """\
id: LAB001
title: A rule of the lab
severity: warning
scope: {scope}
needs: [{needs}]
when: {when}
message: "{message}"
remedy: "{remedy}"
why: The lab wants it so.
links: []
since: "0.1.0"
examples: []
"""

# scope, needs, condition, message; with the shortcut some of these were wrong once.
USES = {
    "a name by its key": ("job", "job.name", """'job["name"] == "xx"'""", "It is x."),
    "a name": ("job", "job.name", """'job.name == "xx"'""", "It is x."),
    "a part of a name": (
        "job",
        "job.name",
        """'job.name.split("-")[0] == "train"'""",
        "{{ job.name }} trains.",
    ),
    "how long a name is": ("job", "job.name", "'size(job.name) > 3'", "{{ job.name }} is long."),
    "what a name begins with": ("job", "job.name", """'job.name.startsWith("a")'""", "It is."),
    "a name among others": ("image", "image.jobs", """'"xx" in image["jobs"]'""", "It runs x."),
    "each name": ("image", "image.jobs", """'image.jobs.exists(j, j == "yy")'""", "It runs y."),
    "the first name": ("image", "image.jobs", """'image.jobs[0] == "yy"'""", "It runs y."),
    "who writes": ("data", "data.writers", """'"xx" in data.writers'""", "x writes."),
    "a name that another variable hides": (
        "image",
        "image.jobs",
        """'["job"].exists(job, job in image.jobs)'""",
        "Never.",
    ),
    "a piece of a name in the text": (
        "job",
        "job.name",
        "'job.name != null'",
        "It is {{ job.name.split('-')[0] }}.",
    ),
    "a changed name in the text": (
        "job",
        "job.name",
        "'job.name != null'",
        "It is {{ job.name | upper }}, {{ job.name | length }} long.",
    ),
    "a choice by name in the text": (
        "job",
        "job.name",
        "'job.name != null'",
        "It is {% if job.name == 'xx' %}x{% else %}another{% endif %}.",
    ),
    "names by their key in the text": (
        "image",
        "image.jobs",
        "'image.jobs.size() > 0'",
        "It is {{ image['jobs'][0] }} and {{ image.jobs | first }}.",
    ),
    "names in a loop in the text": (
        "image",
        "image.jobs",
        "'image.jobs.size() > 0'",
        "{% for job in image.jobs %}{{ job | lower }}{% endfor %}",
    ),
    "a name that is only printed": (
        "job",
        "job.name",
        "'job.name != null'",
        "It is {{ job.name }}{% if job.name %}, named{% endif %}.",
    ),
    "whose a job is": ("job", "job.owner", """'job.owner == "bob"'""", "It is bob's."),
    "names that are only listed": (
        "image",
        "image.jobs",
        "'image.jobs.size() > 0'",
        "It is {{ image.jobs | listed }}, {{ image.jobs | length }} of them.",
    ),
}
SHARED = {"a name that is only printed", "names that are only listed"}
"""Those of which the examination is shared."""


def book_of(use: str) -> Rulebook:
    """The built-in rules and one more; it needs no examples here."""
    scope, needs, when, message = USES[use]
    text = RULE.format(scope=scope, needs=needs, when=when, message=message, remedy=message)
    return Rulebook({**api.load_rulebook(SETTINGS), "LAB001": loaded(text)})


def unshared(rulebook: Rulebook) -> Rulebook:
    """With a rule in each scope that looks at names and finds nothing: so no job shares."""
    nosy = (
        short_rule("LAB901", 'job.name == "nobody"', needs="job.name", scope="job"),
        short_rule("LAB902", '"nobody" in image.jobs', needs="image.jobs", scope="image"),
        short_rule("LAB903", '"nobody" in data.jobs', needs="data.jobs", scope="data"),
    )
    return Rulebook({**rulebook, **{rule.rule.id: rule for rule in map(loaded, nosy)}})


def checked(rulebook: Rulebook, *lines: str) -> tuple[JobCheck, ...]:
    return api.check(lines, settings=SETTINGS, rulebook=rulebook).jobs


def bare(job: JobCheck) -> JobCheck:
    """Fingerprints count those of one text; places are those of each call."""
    findings = tuple(msgspec.structs.replace(one, fingerprint="") for one in job.findings)
    return msgspec.structs.replace(job, findings=findings)


@pytest.mark.slow
@pytest.mark.parametrize("use", USES)
def test_jobs_together_are_judged_as_each_is_alone(use: str) -> None:
    rulebook = book_of(use)
    together = checked(rulebook, *LINES)
    alone = tuple(checked(unshared(rulebook), line)[0] for line in LINES)
    assert tuple(map(bare, together)) == tuple(map(bare, alone))
    assert STAND_IN not in repr(together)


def test_jobs_of_two_people_are_judged_as_each_is_alone(tmp_path: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: train, labels: {user: %s}}\n"
    spec = "spec: {containers: [{name: a, image: 'lab/x:1'}]}\n"
    files = [tmp_path / f"{owner}.yaml" for owner in ("ada", "bob", "eve")]
    for file in files:
        file.write_text(pod % file.stem + spec, encoding="utf-8")
    jobs = checked(book_of("whose a job is"), *map(str, files))
    found = [[one.rule for one in job.findings if one.rule == "LAB001"] for job in jobs]
    assert [(job.owner, rules) for job, rules in zip(jobs, found, strict=True)] == [
        ("ada", []),
        ("bob", ["LAB001"]),
        ("eve", []),
    ]


@pytest.mark.parametrize("use", USES)
def test_only_rules_that_print_or_count_names_let_jobs_share(use: str) -> None:
    assert hangs_on_names(book_of(use)["LAB001"]) == (use not in SHARED)


@pytest.mark.slow
def test_no_rule_of_our_own_hangs_on_names() -> None:
    """Which is why they need not be looked at in a check."""
    own = api.load_rulebook(Settings()).values()
    assert [one.rule.id for one in own if hangs_on_names(one)] == []


def test_every_fact_with_a_name_in_it_is_known_to_be_one() -> None:
    """A new fact that holds the job's name belongs in the table of the examiner."""
    context = JobContext(Placement(Snapshot(advisor="", taken=""), SETTINGS, load_catalogs()), ())
    pull_never = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: xx}\nspec: {containers: [{name: a, image:"
    )
    manifest = manifest_jobs(f"{pull_never} 'lab/x:1', imagePullPolicy: Never}}]}}\n", "f.yaml")
    found = set()
    for job in (*read_specs([LINES[0]]).jobs, *manifest):
        named = msgspec.structs.replace(job, label=STAND_IN, owner=STAND_IN)
        facts = msgspec.structs.replace(context.views.facts(named, None), name=STAND_IN)
        views = (
            *job_image_views(context.placement, named, ()),
            *job_data_views(context.placement, named, ()),
            context.views.view(named, facts),
        )
        found |= {path for view in views for path in paths_with(view, STAND_IN)}
    assert found == NAMES


def paths_with(view: View, text: str) -> Iterator[str]:
    groups: list[tuple[str, Mapping[str, Any]]] = [(view.subject.scope, view.facts)]
    groups += [("use", use.facts) for use in view.uses]
    for group, facts in groups:
        yield from (f"{group}.{name}" for name, value in facts.items() if text in repr(value))
