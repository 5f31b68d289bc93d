"""Which compose files go together."""

from __future__ import annotations

from pathlib import Path

from advisor.reading.compose_files import base_beside, belongs_to_another, overrides
from advisor.reading.inputs import inputs_of
from advisor.reading.result import Input

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
