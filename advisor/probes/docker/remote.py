"""Commands on this machine or at the far end of an ssh connection."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Thread, Timer
from typing import IO, NamedTuple, Protocol

from advisor.probes.docker.endpoint import Endpoint

DIAL = (
    "if command -v docker >/dev/null 2>&1; then exec docker {at}system dial-stdio;"
    " else exec podman system dial-stdio; fi"
)
CONNECT_SECONDS = 15
END_SECONDS = 2
MOST_OUTPUT = 1 << 25
"""Bytes: where a hundred thousand paths lead takes half of it."""
LONGEST_LINE = 1 << 16


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
        """Bytes that are not UTF-8 come back as surrogates, as paths do in Python. A command that
        says more than any of ours has to is ended."""
        try:
            child = self._start(words, subprocess.PIPE)
        except OSError as error:
            return CommandResult(None, "", str(error))
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        said = [_Hearing(pipe, child.kill) for pipe in (child.stdout, child.stderr)]
        Thread(target=_tell, args=(child.stdin, stdin), daemon=True).start()
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            reason = f"{words[0]} gave no answer within {timeout:g} s"
            return CommandResult(None, "", reason)
        finally:
            child.kill()
            child.wait()
            output, errors = (stream.text() for stream in said)
        if any(stream.endless for stream in said):
            return CommandResult(None, "", f"{words[0]} said more than {MOST_OUTPUT:,} bytes")
        return CommandResult(child.returncode, output, errors)

    def follow(
        self, words: Sequence[str], *, stdin: str, timeout: float, heard: Callable[[str], None]
    ) -> None:
        """Lines of its output and errors as they come; the last may say why there are no others."""
        try:
            child = self._start(words, subprocess.STDOUT)
        except OSError as error:
            heard(str(error))
            return
        assert child.stdin is not None
        assert child.stdout is not None
        pipe_out = child.stdout
        watchdog = Timer(timeout, child.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            with child:
                with suppress(BrokenPipeError), child.stdin as pipe:
                    pipe.write(stdin.encode(errors="surrogateescape"))
                for line in iter(lambda: pipe_out.readline(LONGEST_LINE), b""):
                    heard(line.decode(errors="replace").rstrip("\n"))
        finally:
            watchdog.cancel()

    def _start(self, words: Sequence[str], errors: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            list(words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=self._environment,
        )


class _Hearing(Thread):
    """What comes out of a pipe, heard by a thread; `end` is called once it is too much."""

    def __init__(self, pipe: IO[bytes], end: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._pipe, self._end = pipe, end
        self._heard = bytearray()
        self.endless = False
        self.start()

    def run(self) -> None:
        """Read the output until it ends, or there is too much of it."""
        with suppress(OSError, ValueError), self._pipe:
            while part := os.read(self._pipe.fileno(), 1 << 16):
                self._heard += part
                if len(self._heard) > MOST_OUTPUT:
                    self.endless = True
                    self._end()
                    return

    def text(self) -> str:
        """All that was heard when the command ended; a child of it may keep the pipe open."""
        self.join(END_SECONDS)
        return bytes(self._heard).decode(errors="surrogateescape")


def _tell(pipe: IO[bytes], text: str) -> None:
    """Give a command its input; it may end without having read it."""
    with suppress(OSError, ValueError), pipe:
        pipe.write(text.encode(errors="surrogateescape"))


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
