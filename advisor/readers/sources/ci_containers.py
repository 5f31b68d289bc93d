"""Containers that GitHub and GitLab run a job's steps in, as `docker run` would start them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from advisor.readers.yaml.documents import parse_documents
from advisor.readers.yaml.positions import Positions

_GPU = re.compile(r"--gpus|nvidia|gpu|cuda|rocm|\ba100\b|\bh100\b", re.IGNORECASE)


class CiContainer(NamedTuple):
    """A command, and where the container stands."""

    text: str
    line: int
    column: int


def ci_containers(text: str, file: str) -> Iterator[CiContainer]:
    """Those of jobs that say something of GPUs; the others need no cluster for them.

    Raises InputError for a text that is not YAML.
    """
    positions = Positions(text)
    for number, document in enumerate(parse_documents(text, file)):
        if not isinstance(document, dict):
            continue
        for path, made, wanted in (*_of_github(document), *_of_gitlab(document)):
            if _GPU.search(wanted):
                yield CiContainer(made, *positions.of(path, number))


_Found = tuple[tuple[str, ...], str, str]
"""The path, the command, and the text in which GPUs may be asked for."""


def _of_github(document: dict[str, Any]) -> Iterator[_Found]:
    jobs = document.get("jobs")
    for name, job in jobs.items() if isinstance(jobs, dict) else ():
        container = job.get("container") if isinstance(job, dict) else None
        stated = {"image": container} if isinstance(container, str) else container
        if not isinstance(stated, dict) or not isinstance(stated.get("image"), str):
            continue
        options = str(stated.get("options") or "")
        words = [options] if options else []
        environment = stated.get("env")
        for key, value in environment.items() if isinstance(environment, dict) else ():
            words += ["-e", _quoted(f"{key}={value}")]
        for flag, key in (("-v", "volumes"), ("-p", "ports")):
            words += [word for one in _list(stated.get(key)) for word in (flag, _quoted(str(one)))]
        steps = job.get("steps")
        script = [str(one["run"]) for one in _list(steps) if isinstance(one, dict) and "run" in one]
        made = _command(words, stated["image"].removeprefix("docker://"), script)
        yield ("jobs", str(name), "container"), made, f"{options} {job.get('runs-on')} {made}"


def _of_gitlab(document: dict[str, Any]) -> Iterator[_Found]:
    shared = document.get("image")
    for name, job in document.items():
        if not isinstance(job, dict) or "script" not in job:
            continue
        image = job.get("image", shared)
        image = image.get("name") if isinstance(image, dict) else image
        if isinstance(image, str):
            made = _command([], image, [str(one) for one in _list(job["script"])])
            yield (str(name),), made, f"{job.get('tags')} {image}"


def _command(words: list[str], image: str, script: list[str]) -> str:
    steps = ["bash", "-e", "-c", shlex.quote("\n".join(script))] if script else []
    return " ".join(["docker run", *words, _quoted(image), *steps])


def _quoted(text: str) -> str:
    """As one word; an expression of the workflow stays one."""
    return f'"{text}"' if "${{" in text else shlex.quote(text)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []
