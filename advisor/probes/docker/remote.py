"""Commands on this machine or at the far end of an ssh connection."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Timer
from typing import NamedTuple, Protocol

from advisor.probes.docker.endpoint import Endpoint

DIAL = (
    "if command -v docker >/dev/null 2>&1; then exec docker {at}system dial-stdio;"
    " else exec podman system dial-stdio; fi"
)
CONNECT_SECONDS = 15


class CommandResult(NamedTuple):
    """What a command left. `code` is None when it did not end in time or could not start."""

    code: int | None
    output: str
    errors: str


class CommandRunner(Protocol):
    """Runs commands that only read."""

    def run(self, words: Sequence[str], *, stdin: str, timeout: float) -> CommandResult:
        """Never raises for what the command does; `timeout` in seconds."""


class SubprocessRunner:
    """Commands as children of this process, with the environment given."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)

    def run(self, words: Sequence[str], *, stdin: str, timeout: float) -> CommandResult:
        """Bytes that are not UTF-8 come back as surrogates, as paths do in Python."""
        try:
            done = subprocess.run(
                list(words),
                input=stdin.encode(errors="surrogateescape"),
                capture_output=True,
                env=self._environment,
                timeout=timeout,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return CommandResult(None, "", str(error))
        output, errors = (
            raw.decode(errors="surrogateescape") for raw in (done.stdout, done.stderr)
        )
        return CommandResult(done.returncode, output, errors)

    def follow(
        self, words: Sequence[str], *, stdin: str, timeout: float, heard: Callable[[str], None]
    ) -> None:
        """Lines of its output and errors as they come; the last may say why there are no others."""
        try:
            child = subprocess.Popen(
                list(words),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )
        except OSError as error:
            heard(str(error))
            return
        assert child.stdin is not None
        assert child.stdout is not None
        watchdog = Timer(timeout, child.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            with child:
                with suppress(BrokenPipeError), child.stdin as pipe:
                    pipe.write(stdin.encode(errors="surrogateescape"))
                for line in child.stdout:
                    heard(line.decode(errors="replace").rstrip("\n"))
        finally:
            watchdog.cancel()


def ssh_words(endpoint: Endpoint, timeout: float) -> list[str]:
    """The ssh command up to the destination: it asks nothing and reads the user's own config."""
    seconds = max(1, min(int(timeout), CONNECT_SECONDS))
    options = ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={seconds}", "-T"]
    port = ["-p", str(endpoint.port)] if endpoint.port else []
    user = ["-l", endpoint.user] if endpoint.user else []
    return ["ssh", *options, *port, *user, "--", endpoint.host]


def dial_words(endpoint: Endpoint, timeout: float) -> list[str]:
    """The command whose standard streams are a connection to the engine at the far end."""
    at = f"--host {shlex.quote('unix://' + endpoint.socket)} " if endpoint.socket else ""
    return [*ssh_words(endpoint, timeout), f"sh -c {shlex.quote(DIAL.format(at=at))}"]
