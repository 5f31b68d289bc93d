"""`advisor serve` before it serves: what it refuses in one line."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Advisor

ROOT = Path(__file__).parents[2]


def _serve(*options: str, **environment: str) -> tuple[int, str]:
    run = subprocess.run(
        (sys.executable, "-m", "advisor", "serve", *options),
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment},
    )
    return run.returncode, run.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--listen", "0.0.0.0:0"), "others reach 0.0.0.0:0, and no token is set"),
        (("--listen", "somewhere"), "'somewhere' is no address to listen on"),
        (("--token", "short"), "the token has fewer than 16 characters"),
        (("--demo", "--snapshot", "x.json"), "--demo cannot be combined"),
        (("--snapshot", "/nonexistent.json"), "nonexistent.json"),
        (("--rules", "/nonexistent"), "/nonexistent"),
        (("--registry", "http://x"), "is no registry"),
        (("--workers", "0"), "--workers"),
    ],
)
def test_what_cannot_be_served(
    advisor: Advisor, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr("advisor.serving.server.serve", lambda *_, **__: pytest.fail("it serves"))
    ended = advisor("serve", *options)
    assert (ended.code, ended.out, said in ended.err) == (2, "", True), ended.err


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, told = _serve("--listen", f"127.0.0.1:{port}")
    assert (status, f"cannot listen on 127.0.0.1:{port}" in told) == (2, True), told
    assert len(told.splitlines()) == 1


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text(
        "raise ModuleNotFoundError('no', name='uvicorn')\n", encoding="utf-8"
    )
    status, told = _serve(PYTHONPATH=str(tmp_path))
    assert status == 2
    assert "pip install 'cluster-readiness-advisor[serve]'" in told
