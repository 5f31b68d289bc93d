"""Steps of GitHub workflows and GitLab pipelines."""

from __future__ import annotations

from advisor.jobs.word import Expansion, Word
from advisor.readers.sources.pipeline import read_pipeline

WORKFLOW = """\
on: push
jobs:
  train:
    steps:
      - uses: actions/checkout@v4
        with: {script: docker run here too}
      - run: |
          make
          docker run -v ${{ github.workspace }}:/w \\
            img:1
      - run: docker run "b"
      - run: >
          docker run c
          d
      - name: docker run no
"""
PIPELINE = """\
train:
  before_script: docker run a
  script:
    - echo hi
    - 'docker run b'
    - |
      docker run c
"""


def found(text: str) -> list[tuple[str, int, int]]:
    """Each docker command and its place."""
    return [
        (" ".join(w.text for w in c.words[2:]), c.place.line, c.place.column)
        for c in read_pipeline(text, "ci.yml").commands
        if c.words[0].text == "docker"
    ]


def test_workflow() -> None:
    assert found(WORKFLOW) == [
        ("here too", 6, 24),
        ("-v ${{ github.workspace }}:/w img:1", 9, 11),
        ("b", 11, 14),
        ("c d", 12, 14),
    ]


def test_expressions_stay() -> None:
    (command,) = read_pipeline("run: docker ${{ a }}b", "ci.yml").commands
    left = Expansion(source="${{ a }}", kind="variable", quoted=True)
    assert command.words[1:] == (Word(parts=(left, "b")),)


def test_pipeline() -> None:
    assert found(PIPELINE) == [("a", 2, 18), ("b", 5, 8), ("c", 7, 7)]


CONTAINERS = """\
env: {A: 1, DEBUG: true}
jobs:
  fit:
    runs-on: gpu
    container: {image: a/b:1, options: --gpus all, env: {A: 2}}
    services: {db: {image: postgres}}
    steps:
      - uses: actions/checkout@v4
      - run: make
        env: {B: x y}
        working-directory: sub
      - run: fit
"""
GITLAB = """\
default: {image: a/b:1, tags: [gpu], before_script: [setup]}
variables: {A: {value: "1", description: d}}
fit:
  variables: {B: 2}
  script: [fit]
"""


def test_containers_of_jobs_have_what_stands_around_them() -> None:
    github, gitlab = (read_pipeline(text, "ci.yml").commands[0] for text in (CONTAINERS, GITLAB))
    assert [word.text for word in github.words][2:] == [
        *("--gpus", "all", "-e", "A=2", "-e", "DEBUG=true", "--entrypoint", "bash", "a/b:1"),
        *("-e", "-c"),
        "export B='x y'\n(cd sub\nmake)\nfit",
    ]
    assert github.repairs == (
        "the steps that use actions/checkout@v4 and the services db are not carried over: have the"
        " job fetch its code itself",
    )
    assert [word.text for word in gitlab.words][2:] == [
        *("-e", "A=1", "-e", "B=2", "a/b:1", "bash", "-e", "-c", "setup\nfit")
    ]
    assert gitlab.repairs == (
        "the runner clones the repository first: have the job fetch its code itself",
    )


def test_services_with_gpus_and_an_image_without_its_entrypoint() -> None:
    beside = "jobs: {t: {services: {llm: {image: a/b:1, ports: ['80:80'], options: --gpus 2}}}}"
    (service,) = read_pipeline(beside, "ci.yml").commands
    assert [word.text for word in service.words] == [
        *("docker", "run", "-d", "--gpus", "2", "-p", "80:80", "a/b:1")
    ]
    assert service.repairs == (
        "it runs beside the job t and ends with it: stop it when that is done",
    )
    bare = "t: {image: {name: a/b:1, entrypoint: ['']}, tags: [gpu], script: [fit]}"
    (job,) = read_pipeline(bare, ".gitlab-ci.yml").commands
    assert [word.text for word in job.words][2:] == [
        *("--entrypoint", "bash", "a/b:1", "-e", "-c", "fit")
    ]
