"""`--hosts-from`: hosts of a file stand beside those of `--docker-host`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Advisor


def test_every_host_of_the_file_is_read_once(advisor: Advisor, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(f"unix://{tmp_path}/a\nunix://{tmp_path}/b # b is gone\n", encoding="utf-8")
    named = ("--docker-host", f"unix://{tmp_path}/a", "--hosts-from", str(hosts))
    code, _, said = advisor("snapshot", "--no-cluster", *named)
    asked = [name for name in ("a", "b") for _ in range(said.count(f"unix://{tmp_path}/{name}:"))]
    assert (code, asked) == (3, ["a", "b"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--limit", "gpu"), "--limit needs --hosts-from"),
        (("--no-docker", "--hosts-from", "x"), "--no-docker contradicts --hosts-from"),
        (("--demo", "--hosts-from", "x"), "--demo cannot be combined with --hosts-from"),
        (("--hosts-from", "/nowhere"), "/nowhere: there is no such file"),
    ],
)
def test_what_makes_no_sense_is_refused(
    advisor: Advisor, options: tuple[str, ...], said: str
) -> None:
    code, output, error = advisor("audit", *options)
    assert (code, output, error.count("\n"), said in error) == (2, "", 1, True), error
