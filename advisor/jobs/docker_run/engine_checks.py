"""What the command lets pass and the daemon then refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from advisor.jobs.docker_run.contradictions import Contradiction
from advisor.jobs.docker_run.given import Given
from advisor.jobs.docker_run.gpus import parse_gpus
from advisor.jobs.docker_run.veil import is_veiled
from advisor.jobs.docker_run.volumes import parse_volume


def find_engine_refusal(given: Given) -> Contradiction | None:
    """The first one found."""
    checks: tuple[Callable[[Given], Iterator[Contradiction]], ...] = (_gpus, _volumes, _workdir)
    return next((found for check in checks for found in check(given)), None)


def _gpus(given: Given) -> Iterator[Contradiction]:
    for found in given.of("gpus"):
        ask = parse_gpus(found.text)
        if ask.devices and ask.count:
            yield Contradiction(
                f"--gpus: both a count ({ask.count}) and devices: '{found.text}'",
                found,
                "several devices need quotes: --gpus '\"device=0,1\"'",
            )


def _volumes(given: Given) -> Iterator[Contradiction]:
    for found in given.of("volume"):
        if found.flag.name != "volume":
            continue
        volume = parse_volume(found.text)
        if volume.source[:1] == "~":
            yield Contradiction(
                f"--volume: a ~ that the shell does not expand: '{found.text}'",
                found,
                "write $HOME, or the ~ outside of quotes at the start of the word",
            )
        elif not is_veiled(volume.target[:1]) and not _is_absolute(volume.target):
            yield Contradiction(
                f"--volume: the path in the container is not absolute: '{found.text}'", found
            )


def _workdir(given: Given) -> Iterator[Contradiction]:
    value = given.last("workdir")
    if value and not is_veiled(value[:1]) and not _is_absolute(value):
        yield Contradiction(f"--workdir: not an absolute path: '{value}'", given.of("workdir")[-1])


def _is_absolute(path: str) -> bool:
    """For Linux, or for Windows by a drive letter or a backslash."""
    return path.startswith(("/", "\\")) or path[1:2] == ":"
