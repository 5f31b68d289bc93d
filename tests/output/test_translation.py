"""The text of a translation: what stands before a command, and on standard error."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import api
from advisor.configuration.settings import Settings
from advisor.output.translation import remarks, render_text


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (
            "for seed in 1 2; do\n  docker run --name run-$seed r.example/t:1 --seed $seed\ndone\n",
            "# belongs in a for loop of FILE:2, where $seed is set\n"
            "runai training standard submit run-$seed --image r.example/t:1 -- --seed $seed\n",
        ),
        (
            "for seed in 1 2 3; do\n  docker run --name run r.example/t:1\ndone\n",
            "# belongs in a for loop of FILE:2\n"
            "runai training standard submit run --image r.example/t:1\n",
        ),
        (
            "if true; then\n  docker run --name run r.example/t:1\nfi\n",
            "runai training standard submit run --image r.example/t:1\n",
        ),
    ],
)
def test_a_command_says_where_it_belongs(tmp_path: Path, script: str, text: str) -> None:
    file = tmp_path / "sweep.sh"
    file.write_text(script)
    report = api.translate([str(file)], "runai-v2", None, Settings())
    assert render_text(report) == text.replace("FILE", str(file))


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "run-$seed",
            [
                "unresolved: --name run-$seed: give --set seed=VALUE, the value of seed; the"
                " workload's name; where $seed is not set it ends in -, and no name may"
            ],
        ),
        ("run-$USER", []),
        ("run-$(date +%s)", []),
    ],
)
def test_a_name_that_may_end_in_a_dash_is_told(name: str, lines: list[str]) -> None:
    report = api.translate(
        [f"docker run --name {name} r.example/t:1"], "runai-v2", None, Settings()
    )
    assert list(remarks(report)) == lines


def test_what_shares_a_reason_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
        "  initContainers: [{name: fetch, image: 'r.example/b:1', command: [fetch, it]}]\n"
        "  containers: [{name: main, image: 'r.example/a:1'},"
        " {name: log, image: 'r.example/c:1', args: [log]}]\n"
    )
    told = list(remarks(api.translate([str(file)], "runai-v2")))
    assert told == [
        "no-equivalent: name fetch; image r.example/b:1; command fetch it: nothing runs before a"
        " submitted job: what the init container fetch does must be done first, in the job's own"
        " command or by a job of its own, and its files be on a volume of the project",
        "no-equivalent: name log; image r.example/c:1; args log: a submitted job has one container,"
        " and this is of another, log: start it from the job's own command, or submit it as a"
        " workload of its own",
    ]


def test_two_jobs_that_write_one_object_are_told(tmp_path: Path) -> None:
    spec = "{template: {spec: {restartPolicy: Never, containers: [{name: a, image: IMAGE}]}}}"
    for file, name in (("x.yaml", "fit"), ("y.yaml", "fit"), ("z.yaml", "other")):
        head = f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}, namespace: lab}}\n"
        (tmp_path / file).write_text(
            f"{head}spec: {spec.replace('IMAGE', f'r.example/{file}:1')}\n"
        )
    report = api.translate([str(tmp_path)], "kubernetes")
    told = [line for line in remarks(report) if "one object" in line]
    assert told == [
        "2 jobs write one object, Job lab/fit, and the last would take the place of the others:"
        " rename it in all but one"
    ]
