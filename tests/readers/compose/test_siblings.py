"""Compose files of one folder: each project once."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.readers.result import ReadOptions
from advisor.readers.specs import read_specs

WHOLE = "services: {a: {image: i}, b: {image: j}}\n"
GPU = "services: {a: {deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}}}\n"
PLAIN = "services: {a: {restart: always}}\n"
PARTS = "services: {cuda: {gpus: all}, cpu: {}}\n"
EXTENDS = "services: {a: {image: i, extends: {file: parts.yml, service: cuda}}}\n"
INCLUDES = "include: [db.compose.yaml, more/compose.yaml]\nservices: {a: {image: i}}\n"


LEFT = "left out, it goes over {}compose.yaml; name it to read the two together"


@pytest.mark.parametrize(
    ("files", "jobs", "notes"),
    [
        ({"compose.yaml": WHOLE, "compose.override.yaml": GPU}, ["a 1", "b 0"], []),
        ({"compose.yaml": WHOLE, "compose.gpu.yaml": GPU}, ["a 1", "b 0"],
         ["compose.gpu.yaml: read as one that goes over {}compose.yaml"]),
        ({"compose.yaml": WHOLE, "compose.dev.yaml": PLAIN}, ["a 0", "b 0"],
         ["compose.dev.yaml: " + LEFT]),
        ({"compose.yaml": WHOLE, "compose.cuda.yaml": GPU, "compose.rocm.yaml": GPU},
         ["a 0", "b 0"],
         ["compose.cuda.yaml: " + LEFT,
          "compose.rocm.yaml: " + LEFT]),
        ({"docker-compose.yml": EXTENDS, "parts.yml": PARTS}, ["a 1"], []),
        ({"docker-compose.yml": WHOLE, "docker-compose.prod.yml":
          "services: {c: {image: k, extends: {file: docker-compose.yml, service: a}}}\n"},
         ["c 0", "a 0", "b 0"], []),
        ({"compose.yaml": INCLUDES, "db.compose.yaml": "services: {db: {image: d}}\n",
          "more/compose.yaml": "services: {m: {image: n}}\n"}, ["db 0", "m 0", "a 0"], []),
        ({"compose.base.yml": WHOLE, "compose.gpu.yml": GPU}, ["a 1", "b 0"],
         ["compose.gpu.yml: read as one that goes over {}compose.base.yml"]),
    ],
)  # fmt: skip
def test_each_project_of_a_folder_is_read_once(
    tmp_path: Path, files: dict[str, str], jobs: list[str], notes: list[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = read_specs([str(tmp_path)])
    runs = [(job.label.removeprefix("service "), job.run) for job in found.jobs]
    assert [f"{name} {len(run.gpus) if run else -1}" for name, run in runs] == jobs
    assert found.problems == ()
    assert found.notes == tuple(f"{tmp_path}/{note.format(f'{tmp_path}/')}" for note in notes)


def test_profiles_and_words_of_a_command(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(
        "services: {a: {image: i, profiles: [gpu], command: 'serve $FLAGS \"$NAME\"'}}\n"
    )
    assert read_specs([str(file)]).jobs == ()
    options = ReadOptions(profiles=("gpu",), environment={"FLAGS": "--port 80"})
    (job,) = read_specs([str(file)], options).jobs
    assert job.run is not None
    words = [(w.text, [e.quoted for e in w.expansions]) for w in job.run.arguments]
    assert words == [("serve", []), ("--port", []), ("80", []), ("$NAME", [True])]
    (open_,) = read_specs([str(file)], ReadOptions(profiles=("*",))).jobs
    assert open_.run is not None
    assert [e.quoted for w in open_.run.arguments for e in w.expansions] == [False, True]
