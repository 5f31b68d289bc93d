"""What every real part shares: its folder, its processes, and an end that leaves nothing."""

from __future__ import annotations

import os
import random
import shutil
import socket
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn, Self

import pytest

from tests.real.parts import leftovers

SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
PORTS = range(15_000, 30_000)
_claims: list[socket.socket] = []
"""Of the ports that this process got, each an abstract name that another one cannot take."""


class Part(ABC):
    """A server with a folder of its own; entering starts it, leaving removes every trace of it."""

    name: str
    directory: Path
    _stack: ExitStack

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.directory = stack.enter_context(temporary_directory(self.name))
            self.start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @abstractmethod
    def start(self, stack: ExitStack) -> None:
        """Returns when the server answers; whatever must end with it is pushed on `stack`."""


@contextmanager
def temporary_directory(name: str) -> Iterator[Path]:
    """A folder with a short path: the name of a unix socket may not exceed 107 bytes."""
    directory = Path(tempfile.mkdtemp(prefix=f"advisor-{name}-"))
    try:
        yield directory
    finally:
        leftovers.clear(directory)


def free_port() -> int:
    """A TCP port for this process alone, until it ends; nothing listens on it.

    It is none of those that Linux gives to a connection's near end: until a server has bound it,
    any client on the machine might have got such a port.
    """
    for port in random.sample(PORTS, len(PORTS)):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0advisor-test-port-{port}")
            with socket.socket() as listener:
                listener.bind(("", port))
        except OSError:
            claim.close()
        else:
            _claims.append(claim)
            return port
    raise AssertionError("no port is free")


def find_binary(name: str, install: str, *cached: Path) -> str:
    """The path of `name`: from KUBEBUILDER_ASSETS, then `cached`, then PATH and the sbin folders.

    Ends the test with `install` as advice when it is in none of them.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    first = [Path(assets) / name] if assets else []
    for path in (*first, *cached):
        if os.access(path, os.X_OK):
            return str(path)
    folders = os.pathsep.join((os.environ.get("PATH", ""), *SYSTEM_FOLDERS))
    return shutil.which(name, path=folders) or missing(f"{name} is not installed: {install}")


def cache_directory() -> Path:
    """Where binaries built for the tests are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "advisor"


def require_root(name: str) -> None:
    """Ends the test unless it runs as root."""
    if os.geteuid() != 0:
        missing(f"{name} is started by root only: run these tests as root")


def missing(message: str) -> NoReturn:
    """Skips the test on a user's machine; with CI=true a missing part fails the run."""
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
