"""Options about registries that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor import api
from tests.cli.conftest import Advisor

BAD = {
    ("--registry-ca=x.pem",): "--registry-ca needs --check-registry",
    ("--plain-http=r",): "--plain-http needs --check-registry",
    ("--check-registry", "--demo"): "--demo cannot be combined with --check-registry",
    ("--check-registry", "--plain-http=http://r"): "--plain-http: 'http://r' is no host",
    ("--check-registry", "--registry-ca=/no/x.pem"): "/no/x.pem: cannot be used as a certificate",
}


@pytest.mark.parametrize("options", BAD, ids=" ".join)
@pytest.mark.parametrize("command", ["audit", "snapshot"])
def test_bad_options_are_one_line(advisor: Advisor, command: str, options: tuple[str, ...]) -> None:
    ended = advisor(command, *options)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert BAD[options] in ended.err


@pytest.mark.parametrize("options", [one for one in BAD if "--demo" not in one], ids=" ".join)
def test_check_refuses_the_same(advisor: Advisor, options: tuple[str, ...]) -> None:
    ended = advisor("check", "docker run img", "--no-cluster", *options)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert BAD[options] in ended.err


def test_check_asks_for_the_images_of_its_jobs(advisor: Advisor) -> None:
    ended = advisor(
        *("check", "docker run --gpus 1 no-such-host.invalid/lab/train:1", "--check-registry"),
        *("--assume", "gpu-nodes=2", "--format", "json", "--registry-timeout", "2"),
    )
    asked = [
        one["target"] for one in json.loads(ended.out)["sources"] if one["probe"] == "registry"
    ]
    assert asked == ["no-such-host.invalid"]
    assert "registry: no-such-host.invalid: there is no host of that name" in ended.err
    assert ended.code == api.ExitCode.INCOMPLETE


def test_the_help_knows_the_timeout() -> None:
    from advisor.cli.options import REGISTRY_TIMEOUT_SECONDS

    assert api.RegistryOptions().timeout == REGISTRY_TIMEOUT_SECONDS


def test_the_images_of_job_files_are_asked_for(advisor: Advisor, folder: Path) -> None:
    (folder / "train.sh").write_text("docker run --gpus 1 no-such-host.invalid/lab/train:1\n")
    api.save_snapshot(api.Snapshot(advisor="0", taken="2026-01-01T00:00:00Z"), "s.json")
    ended = advisor(
        *("audit", "--snapshot", "s.json", "--jobs", "train.sh", "--check-registry"),
        *("--assume", "gpu-nodes=2", "--format", "json", "--registry-timeout", "2"),
    )
    asked = [one["reference"] for one in json.loads(ended.out)["seen"]["registries"]]
    assert asked == ["no-such-host.invalid/lab/train:1"]
    assert "registry: no-such-host.invalid: there is no host of that name" in ended.err
