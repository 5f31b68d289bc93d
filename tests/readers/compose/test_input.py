"""`.env` files."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.jobs.word import word
from advisor.readers.compose.dotenv import parse_dotenv
from advisor.readers.compose.input import base_beside, belongs_to_another, overrides
from advisor.readers.inputs import inputs_of
from advisor.readers.result import Input, ReadOptions
from advisor.readers.specs import read_specs

BY_LINE = {
    "# A=1": {},
    "  # A=1": {},
    "A=1 # note": {"A": "1"},
    "A= # note": {"A": "# note"},
    "A=#x": {"A": "#x"},
    "A=a#b": {"A": "a#b"},
    "A": {},
    "KNOWN": {"KNOWN": "k"},
    "export A": {},
    "export  A=1": {"A": "1"},
    "export B = two words # note": {"B": "two words"},
    "A: b": {"A": "b"},
    "A:b": {"A": "b"},
    "A==b": {"A": "=b"},
    "A=\t1": {"A": "1"},
    "A.b=1\nC-d=2\nE[0]=3": {"A.b": "1", "C-d": "2", "E[0]": "3"},
    "A='x' # y\nB=1": {"A": "x", "B": "1"},
    "A='$a # b'": {"A": "$a # b"},
    "A='it\\'s'": {"A": "it's"},
    "A='a\nb'\nC=1": {"A": "a\nb", "C": "1"},
    'A="x\\ny \\"z\\""': {"A": 'x\ny "z"'},
    'A="\\u0041"': {"A": "\\u0041"},
    'A="x"y': {"A": "x"},
    'A=a"b"c': {"A": 'a"b"c'},
    'A=""': {"A": ""},
    "A=": {"A": ""},
    "A=x\\ny": {"A": "x\\ny"},
    "A=b \\\nc": {"A": "b \\"},
    "A=1;B=2": {"A": "1;B=2"},
    "A=http://x:80/#frag": {"A": "http://x:80/#frag"},
    "A=$(date)": {"A": "$(date)"},
    "A=1\r\nB=2\r": {"A": "1", "B": "2"},
    "\ufeffA=1": {"A": "1"},
    "A=1\nA=2": {"A": "2"},
    "KNOWN=1\nA=$KNOWN": {"KNOWN": "1", "A": "k"},
    "B=1\nA=${B}2": {"B": "1", "A": "12"},
}
"""As compose reads them (its own parser was asked for each)."""


@pytest.mark.parametrize("text", BY_LINE)
def test_lines(text: str) -> None:
    assert parse_dotenv(f"{text}\n", {"KNOWN": "k"}) == BY_LINE[text]


@pytest.mark.parametrize("line", ["not a variable", "A b=1", "- A=1"])
def test_a_line_that_compose_refuses_is_passed_over(line: str) -> None:
    assert parse_dotenv(f"{line}\nB=1\n") == {"B": "1"}


WHOLE = "services: {a: {image: i}, b: {image: j}}\n"
GPU = "services: {a: {deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}}}\n"
PLAIN = "services: {a: {restart: always}}\n"
PARTS = "services: {cuda: {gpus: all}, cpu: {}}\n"
EXTENDS = "services: {a: {image: i, extends: {file: parts.yml, service: cuda}}}\n"
INCLUDES = "include: [db.compose.yaml, more/compose.yaml]\nservices: {a: {image: i}}\n"


LEFT = "left out, it goes over {}compose.yaml; name it to read the two together"

NAMES = [
    "a/compose.yaml",
    "a/compose.override.yml",
    "a/compose.gpu.yaml",
    "b/docker-compose.yml",
    "b/docker-compose.yaml",
    "c/docker-compose.override.yml",
]


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
        ({"compose.yaml": WHOLE, "x11.yaml": PLAIN}, ["a 0", "b 0"], ["x11.yaml: " + LEFT]),
        ({"compose.base.yml": WHOLE, "compose.gpu.yml": GPU}, ["a 1", "b 0"],
         ["compose.gpu.yml: read as one that goes over {}compose.base.yml"]),
        ({"compose.yaml": WHOLE,
          "compose.gpu.yml": "# docker compose -f compose.yaml -f compose.gpu.yml up\n"
          "services: {a: {image: g, gpus: all}}\n"}, ["a 1", "b 0"],
         ["compose.gpu.yml: read as one that goes over {}compose.yaml"]),
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


@pytest.mark.parametrize(
    ("profiles", "environment", "started", "note"),
    [
        ((), {}, ["plain", "usual"],
         "left out, since only a profile starts them: gpu; --profile NAME switches one on"),
        ((), {"COMPOSE_PROFILES": "gpu"}, ["plain", "gpu"],
         "left out, since only a profile starts them: usual; --profile NAME switches one on"),
        ((), {"COMPOSE_PROFILES": "gpu, "}, ["plain", "gpu", "usual"], ""),
        (("gpu",), {}, ["plain", "gpu"],
         "left out, since only a profile starts them: usual; --profile NAME switches one on"),
    ],
)  # fmt: skip
def test_a_profile_without_a_name_is_on_where_none_is_chosen(
    tmp_path: Path,
    profiles: tuple[str, ...],
    environment: dict[str, str],
    started: list[str],
    note: str,
) -> None:
    """As in compose: no profile chosen is the choice of the one whose name is empty."""
    file = tmp_path / "compose.yaml"
    file.write_text(
        "services: {plain: {image: i}, gpu: {image: i, profiles: [gpu]},"
        " usual: {image: i, profiles: ['', other]}}\n"
    )
    found = read_specs([str(file)], ReadOptions(profiles=profiles, environment=environment))
    assert [job.label for job in found.jobs] == [f"service {name}" for name in started]
    assert found.notes == ((f"{file}: {note}",) if note else ())


def test_a_file_with_nothing_but_profiles_is_read_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("services: {a: {image: i, profiles: [gpu]}, b: {image: i, profiles: [cpu]}}\n")
    found = read_specs([str(file)])
    assert [job.label for job in found.jobs] == ["service a", "service b"]
    note = "nothing starts without a profile, so all is read: a, b; --profile NAME chooses"
    assert found.notes == (f"{file}: {note}",)


def test_profiles_and_words_of_a_command(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(
        "services: {a: {image: i, profiles: [gpu], command: 'serve $FLAGS \"$NAME\"'}}\n"
    )
    assert read_specs([str(file)], ReadOptions(profiles=("cpu",))).jobs == ()
    options = ReadOptions(profiles=("gpu",), environment={"FLAGS": "--port 80"})
    (job,) = read_specs([str(file)], options).jobs
    assert job.run is not None
    words = [(w.text, [e.quoted for e in w.expansions]) for w in job.run.arguments]
    assert words == [("serve", []), ("--port", []), ("80", []), ("$NAME", [True])]
    (open_,) = read_specs([str(file)], ReadOptions(profiles=("*",))).jobs
    assert open_.run is not None
    assert [e.quoted for w in open_.run.arguments for e in w.expansions] == [False, True]


def test_a_folder_of_them(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    override = str(tmp_path / "a/compose.override.yml")
    found = [(tmp_path / name, more) for name, more in (
        ("a/compose.gpu.yaml", ()),
        ("a/compose.yaml", (override,)),
        ("b/docker-compose.yaml", ()),
        ("c/docker-compose.override.yml", ()),
    )]  # fmt: skip
    assert list(inputs_of(str(tmp_path))) == [
        Input(str(path), "compose", more=more, named=False, top=str(tmp_path))
        for path, more in found
    ]
    assert overrides(str(tmp_path / "a/compose.yaml")) == (override,)
    assert belongs_to_another(str(tmp_path / "b/docker-compose.yml"))
    assert base_beside(str(tmp_path / "a/compose.gpu.yaml")) == str(tmp_path / "a/compose.yaml")
    assert base_beside(str(tmp_path / "c/docker-compose.override.yml")) is None


def test_what_a_compose_file_takes_from_others(tmp_path: Path) -> None:
    for name, text in {
        "compose.yaml": "include: [more.yaml]\nservices:\n"
        "  a: {extends: {file: base.yaml, service: b}, env_file: a.env, volumes: ['./x:/x']}\n"
        "  debug: {image: j, profiles: [debug]}\n",
        "base.yaml": "services: {b: {image: i, command: [run]}}",
        "more.yaml": "services: {c: {image: k, extends: {file: base.yaml, service: b}}}",
        "a.env": 'MODE="prod"\n',
    }.items():
        (tmp_path / name).write_text(text)
    file = str(tmp_path / "compose.yaml")
    found = read_specs([file])
    runs = [job.run for job in found.jobs if job.run]
    assert [(run.name and run.name.text, run.image.text) for run in runs] == [
        ("c", "k"),
        ("a", "i"),
    ]
    assert [(one.name, one.file) for one in runs[1].environment] == [("MODE", "a.env")]
    assert [one.source.text for one in runs[1].mounts] == [str(tmp_path / "x")]
    assert found.notes == (
        f"{file}: left out, since only a profile starts them: debug; --profile NAME switches one"
        " on",
    )
    (tmp_path / ".env").write_text("COMPOSE_PROFILES=debug\n")
    again = read_specs([file])
    assert [job.label for job in again.jobs] == ["service c", "service a", "service debug"]
    assert again.notes == ()


def test_paths_of_other_folders_are_meant_from_there(tmp_path: Path) -> None:
    for name, text in {
        "app/compose.yaml": "include:\n  - ../more/compose.yaml\n"
        "  - {path: ../far/compose.yaml, project_directory: ../root}\n"
        "services:\n"
        "  a: {extends: {file: ../base/base.yaml, service: b}, volumes: ['./x:/x',"
        " {type: bind, source: h, target: /h}]}\n",
        "app/.env": "TAG=app\n",
        "base/base.yaml": "services:\n  b:\n    image: lab/b:${TAG}\n    env_file: b.env\n"
        "    volumes: ['./d:/d', '../e:/e', '/f:/f', {type: bind, source: g, target: /g}]\n",
        "base/b.env": "MODE=base\n",
        "more/compose.yaml": "services: {c: {image: 'lab/c:${TAG}-${MORE}', volumes: ['.:/c']}}",
        "more/.env": "TAG=more\nMORE=1\n",
        "far/compose.yaml": "services: {d: {image: i, volumes: ['./y/:/y']}}",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = read_specs([str(tmp_path / "app/compose.yaml")])
    assert found.problems == ()
    runs = {job.label: job.run for job in found.jobs if job.run}
    assert {
        label: (run.image.text, [one.source.text for one in run.mounts])
        for label, run in runs.items()
    } == {
        "service a": (
            "lab/b:app",
            [str(tmp_path / one) for one in ("base/d", "e")]
            + ["/f", str(tmp_path / "base/g"), str(tmp_path / "app/x"), str(tmp_path / "app/h")],
        ),
        "service c": ("lab/c:app-1", [str(tmp_path / "more")]),
        "service d": ("i", [str(tmp_path / "root/y")]),
    }
    assert [one.value for one in runs["service a"].environment] == [word("base")]


def test_env_files_are_filled_in(tmp_path: Path) -> None:
    for name, text in {
        "compose.yaml": "services:\n  a:\n    image: i\n"
        "    env_file: [a.env, {path: raw.env, format: raw}]\n    environment: [KEEP]\n",
        ".env": "ROOT=/raid\nKEEP=${ROOT}/keep\n",
        "a.env": "DATA=${ROOT}/data\nSETS=\"$DATA/sets\"\nPLAIN='$ROOT'\nOPEN=${USER}/x\n"
        'COST="\\$5"\n',
        "raw.env": "RAW=${ROOT}\n",
    }.items():
        (tmp_path / name).write_text(text)
    (job,) = read_specs([str(tmp_path / "compose.yaml")]).jobs
    assert job.run is not None
    assert {one.name: one.value and one.value.text for one in job.run.environment} == {
        "DATA": "/raid/data",
        "SETS": "/raid/data/sets",
        "PLAIN": "$ROOT",
        "OPEN": "${USER}/x",
        "COST": "$5",
        "RAW": "${ROOT}",
        "KEEP": "/raid/keep",
    }
    literal = [one.name for one in job.run.environment if one.value and one.value.literal is None]
    assert literal == ["OPEN"]


def test_a_secret_of_an_env_file_is_only_named(tmp_path: Path) -> None:
    for name, text in {
        "compose.yaml": "services: {a: {image: i, command: 't --key ${API_KEY}'}}",
        ".env": "API_KEY=4f9c8b7a6d5e4f3c2b1a\n",
    }.items():
        (tmp_path / name).write_text(text)
    (job,) = read_specs([str(tmp_path / "compose.yaml")]).jobs
    assert job.run is not None
    (left,) = job.run.arguments[-1].expansions
    assert (left.source, left.withheld) == ("${API_KEY}", True)
