"""In-memory twins of what the Docker probe asks: an engine and a machine's shell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from advisor.probes.docker.engine import EngineError
from advisor.probes.docker.remote import CommandResult


class RecordedEngine:
    """Answers by path and query; one that is an EngineError is raised, a function gives one."""

    def __init__(self, answers: Mapping[str, Any], api_version: str = "1.41") -> None:
        self.answers = dict(answers)
        self.api_version = api_version

    def get(self, path: str, **parameters: str) -> bytes:
        query = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
        key = f"{path}?{query}" if query else path
        answer = self.answers.get(key, EngineError("the engine answers 404", 404))
        answer = answer() if callable(answer) else answer
        if isinstance(answer, EngineError):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


class RecordedShell:
    """Gives one output after the other, whatever is run; `words` and `scripts` are what was."""

    def __init__(self, outputs: Sequence[str | CommandResult]) -> None:
        self._outputs = list(outputs)
        self.words: list[list[str]] = []
        self.scripts: list[str] = []

    def run(self, words: Sequence[str], *, stdin: str, timeout: float) -> CommandResult:
        del timeout
        self.words.append(list(words))
        self.scripts.append(stdin)
        output = self._outputs.pop(0)
        return output if isinstance(output, CommandResult) else CommandResult(0, output, "")


class ProgressLog:
    """Keeps what was reported."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, str, int, int | None]] = []

    def advance(self, target: str, what: str, done: int, total: int | None) -> None:
        self.reports.append((target, what, done, total))


def load_recording(path: Path) -> tuple[RecordedEngine, RecordedShell]:
    """The twins of one recording."""
    record = json.loads(path.read_text())
    shell = RecordedShell(["\0".join(fields) for fields in record["outputs"]])
    return RecordedEngine(record["answers"], record["api_version"]), shell
