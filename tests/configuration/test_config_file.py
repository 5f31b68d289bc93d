from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.configuration.config_file import load_settings, parse_settings
from advisor.configuration.settings import (
    AcceleratorOverride,
    Assumption,
    Ignore,
    RuleSetting,
    Settings,
    StorageOverride,
)
from advisor.errors import InputError
from tests.refusal import result_or_refusal

WHOLE = """
registry = "registry.example.com/research"
exclude-nodes = "gpu=broken"
assume = "gpu-nodes=4,memory=512Gi"
system-namespaces = ["kube-*"]

[storage-classes.fast]
serves = "many-nodes"
reason = "the filer"

[provisioners."example.com/files"]
serves = "one-node"

[accelerators."nvidia.com/*_A10"]
kind = "whole"

[rules.IMG003]
severity = "info"
enabled = false
params = { bytes = 3 }

[[ignore]]
rule = "DAT004"
subject = "*/scratch/*"
reason = "may be lost"
"""
SETTINGS = Settings(
    registry="registry.example.com/research",
    exclude_nodes="gpu=broken",
    assume=Assumption(gpu_nodes=4, memory=512 * 2**30),
    system_namespaces=("kube-*",),
    storage_classes={"fast": StorageOverride(serves="many-nodes", reason="the filer")},
    provisioners={"example.com/files": StorageOverride(serves="one-node")},
    accelerators={"nvidia.com/*_A10": AcceleratorOverride(kind="whole")},
    rules={"IMG003": RuleSetting(severity="info", enabled=False, params={"bytes": 3})},
    ignore=(Ignore(rule="DAT004", subject="*/scratch/*", reason="may be lost"),),
)


def test_everything_can_be_set() -> None:
    assert parse_settings(WHOLE.encode(), name="advisor.toml") == SETTINGS


def test_an_assumption_may_be_a_table() -> None:
    text = b'[assume]\ngpu-nodes = 4\nmemory = "512Gi"\n'
    assert parse_settings(text, name="advisor.toml") == Settings(
        assume=Assumption(gpu_nodes=4, memory=512 * 2**30)
    )


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert load_settings(folder=str(tmp_path)) == Settings()


def test_the_own_file_goes_before_the_table_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.advisor]\nregistry = 'project'\n")
    assert load_settings(folder=str(tmp_path)) == Settings(registry="project")
    (tmp_path / "advisor.toml").write_text("registry = 'own'\n")
    assert load_settings(folder=str(tmp_path)) == Settings(registry="own")


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        load_settings(f"{tmp_path}/none.toml")
    assert refused.value.line() == f"{tmp_path}/none.toml: there is no such file (check the path)"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = ", "f.toml:1:5: not TOML: Invalid value"),
        ("x = [\n", "f.toml:2:1: not TOML: Invalid value"),
        (
            "registry = 3",
            'f.toml:1:1: registry is a number, text is needed (in quotes, as in: registry = "...")',
        ),
        (
            "[rules.A]\nseverity='bad'",
            "f.toml:2:1: rules.A.severity: there is no 'bad' (it takes: error, warning, info)",
        ),
        ("rules = 3", "f.toml:1:1: rules is a number, a map is needed"),
        ("ignore = 3", "f.toml:1:1: ignore is a number, a list is needed"),
        (
            "[[ignore]]\nrule = 'A'",
            "f.toml:1:3: ignore: Object missing required field `reason`",
        ),
        (
            "\nregistyr = 'x'",
            "f.toml:2:1: there is no setting 'registyr', did you mean 'registry'?"
            " (see docs/reference/configuration.md)",
        ),
        (
            "[rules.A]\n  severty = 'info'",
            "f.toml:2:3: there is no setting 'severty', did you mean 'severity'?"
            " (see docs/reference/configuration.md)",
        ),
        (
            "ignore = [{rule = 'A', raeson = 'x'}]",
            "f.toml:1:1: there is no setting 'raeson', did you mean 'reason'?"
            " (see docs/reference/configuration.md)",
        ),
        (
            "exclude-nodes = 'a in'",
            "f.toml:1:1: column 5: '(' is expected where it ends"
            " (as in: gpu=no, tier in (a,b), !retired)",
        ),
        (
            "assume = 'gpu-nodes=x'",
            "f.toml:1:1: gpu-nodes=x: a whole number from 0 to 100000 is needed"
            " (as in: gpu-nodes=4,gpus-per-node=8,cpus=64,memory=512Gi)",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, line: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_settings(text.encode(), name="f.toml")
    assert refused.value.line() == line


def test_a_fault_in_a_project_file_is_placed_in_its_own_table() -> None:
    text = b"[project]\nregistry = 1\n[tool.advisor]\nregistry = 2\n"
    with pytest.raises(InputError) as refused:
        parse_settings(text, name="pyproject.toml")
    assert refused.value.line() == (
        "pyproject.toml:4:1: registry is a number, text is needed"
        ' (in quotes, as in: registry = "...")'
    )


@given(st.binary(max_size=60))
def test_any_bytes_are_settings_or_refused(content: bytes) -> None:
    read = result_or_refusal(lambda: parse_settings(content, name="f.toml"))
    assert isinstance(read, Settings) or read.line().startswith("f.toml")


@pytest.mark.parametrize("text", ["a = " + "[" * 5000 + "]" * 5000, "bandwidth = " + "9" * 5000])
def test_what_nobody_writes(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_settings(text.encode(), name="a.toml")
    what = "brackets nested too deep, or a number of more digits than can be read"
    assert str(caught.value) == f"a.toml: {what}"
