"""Which compose files go together."""

from __future__ import annotations

from pathlib import Path

from advisor.reading.compose_files import base_beside, belongs_to_another, overrides
from advisor.reading.inputs import inputs_of
from advisor.reading.result import Input
from advisor.reading.specs import read_specs

NAMES = [
    "a/compose.yaml",
    "a/compose.override.yml",
    "a/compose.gpu.yaml",
    "b/docker-compose.yml",
    "b/docker-compose.yaml",
    "c/docker-compose.override.yml",
]


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
        Input(str(path), "compose", more=more, named=False) for path, more in found
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
        f"{file}: left out, since only a profile starts them: debug; COMPOSE_PROFILES=NAME in the"
        " .env file beside it switches one on",
    )
    (tmp_path / ".env").write_text("COMPOSE_PROFILES=debug\n")
    again = read_specs([file])
    assert [job.label for job in again.jobs] == ["service c", "service a", "service debug"]
    assert again.notes == ()
