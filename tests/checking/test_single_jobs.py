"""Places of data that were given in vain."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from advisor import api
from advisor.checking.single_jobs import TextChecker
from advisor.jobs.translation import TARGETS, ClaimMapping, NfsExport, Situation
from advisor.judging.check_report import CheckReport

COMMAND = (
    "docker run -v /raid/sets:/data -v ./here:/here -v $HOME/d:/d -v vol:/v"
    " -v /etc/localtime:/etc/localtime:ro lab/train:3"
)


def notes(*places: NfsExport | ClaimMapping, command: str = COMMAND) -> tuple[str, ...]:
    given = Situation(
        target="runai-v2",
        exports=tuple(one for one in places if isinstance(one, NfsExport)),
        claims=tuple(one for one in places if isinstance(one, ClaimMapping)),
    )
    checked = api.check([command], given=given).notes
    assert api.translate([command], "runai-v2", given=given).notes == checked
    return checked


def nfs(path: str) -> NfsExport:
    return NfsExport(server="filer", export="/vol", path=path)


@pytest.mark.parametrize(
    "path", ["/raid", "/raid/sets/", "$PWD/here", "$HOME/d", "vol", "/etc/localtime"]
)
def test_a_place_that_serves_a_mount_needs_no_note(path: str) -> None:
    assert notes(nfs(path), ClaimMapping(claim="all")) == ()


def test_a_place_that_serves_none_is_told_with_those_there_are() -> None:
    there = "it is at $HOME/d, $PWD/here, /raid/sets, vol"
    assert notes(nfs("/rai"), ClaimMapping(claim="sets", path="/raid/set")) == (
        f"--nfs filer:/vol=/rai: no job has data at /rai; {there}",
        f"--data-claim sets=/raid/set: no job has data at /raid/set; {there}",
    )


def test_a_job_without_data_has_no_paths() -> None:
    given = (nfs("/raid"), ClaimMapping(claim="all"))
    assert notes(*given, command="docker run lab/train:3") == (
        "--nfs filer:/vol=/raid: no job has data at /raid; there is none",
        "--data-claim all: no job has data",
    )


def test_only_some_of_many_paths_are_named() -> None:
    mounts = " ".join(f"-v /d{number}:/d{number}" for number in range(7))
    assert notes(nfs("/raid"), command=f"docker run {mounts} lab/train:3") == (
        "--nfs filer:/vol=/raid: no job has data at /raid; it is at /d0, /d1, /d2, /d3, /d4 and 2"
        " more",
    )


_opened: list[str] | None = None


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None and event in ("open", "os.listdir", "os.scandir"):
        _opened.append(str(arguments[0]))


sys.addaudithook(_hear)


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is opened while a text is judged, in a folder that has everything a text may name."""
    global _opened
    for name in ("x.env", ".env", "base.yml", "compose.yaml", "docker-compose.yml", "input"):
        text = "services: {other: {image: a/planted:1}}\n" if "y" in name else "X=planted\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    _opened = []
    yield _opened
    _opened = None


@pytest.fixture(scope="module")
def checker() -> TextChecker:
    made = api.text_checker(api.demo_snapshot())
    for text in _TEXTS.values():
        made.check(text, TARGETS)
    return made


_MANIFEST = """apiVersion: v1
kind: Pod
metadata:
  name: a
spec:
  containers:
  - name: a
    image: lab/train:3
    volumeMounts: [{name: d, mountPath: /d}]
  volumes:
  - name: d
    hostPath: {path: /raid/d}
"""
_TEXTS = {
    "docker": "docker run --gpus 1 --env-file x.env --label-file x.env lab/train:3 python t.py",
    "podman": "podman run --env-file=x.env lab/train:3",
    "stdin": "docker run --env-file - lab/train:3",
    "compose": "services:\n  a:\n    image: a/b:$X\n    env_file: x.env\n",
    "include": "include: [base.yml]\nservices:\n  a:\n    image: a/b:1\n",
    "extends": "services:\n  a:\n    extends: {file: base.yml, service: other}\n",
    "override": "services:\n  other:\n    environment: {A: b}\n",
    "manifest": _MANIFEST,
    "script": "#!/bin/bash\nset -a; . x.env\ndocker run --env-file $HOME/x.env lab/train:3\n",
    "here": "#!/bin/sh\ndocker compose -f - up <<E\ninclude: [base.yml]\nE\ndocker run a/b:1\n",
    "markdown": "# Read me\n```sh\ndocker run --env-file x.env lab/train:3\n```\n",
    "a file's name": "base.yml",
}


@pytest.mark.parametrize("name", _TEXTS)
def test_no_file_is_opened(checker: TextChecker, opened: list[str], name: str) -> None:
    report = checker.check(_TEXTS[name], TARGETS)
    code = tuple(os.path.dirname(path) for path in (os.__file__, api.__file__, pytest.__file__))
    assert [path for path in opened if not path.startswith(code)] == []
    assert "planted" not in str(report)


def test_what_hangs_on_a_file_is_told(checker: TextChecker) -> None:
    told = {name: _told(checker.check(_TEXTS[name], TARGETS)) for name in _FILES_TOLD}
    assert told == _FILES_TOLD


def _told(report: CheckReport) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(one.what for one in report.problems), report.notes


_ENV = "no file is opened for a pasted text; give its variables one by one instead"
_COMPOSE = "no file is opened for a pasted text; paste what `docker compose config` prints"
_FILES_TOLD = {
    "docker": ((), (f"x.env is not read: {_ENV}",)),
    "podman": ((), (f"x.env is not read: {_ENV}",)),
    "compose": ((), (f"x.env is not read: {_ENV}",)),
    "include": (("`include`: base.yml was not given",), (f"base.yml is not read: {_COMPOSE}",)),
    "extends": (
        ("`services.a.extends`: base.yml was not given",),
        (f"base.yml is not read: {_COMPOSE}",),
    ),
    "markdown": ((), (f"x.env is not read: {_ENV}",)),
    "a file's name": ((), ()),
}


def test_it_says_what_the_command_line_says(checker: TextChecker, tmp_path: Path) -> None:
    """The same verdicts, findings, places and translations, whoever asks."""
    given = Situation(
        target="runai-v2", values={"EPOCHS": "3"}, registry="reg.example/x", directory="/home/ada"
    )
    texts = {
        "job.yaml": _MANIFEST,
        "compose.yaml": "services:\n  a:\n    image: lab/train:3\n    volumes: [/raid:/x]\n",
        "train.sh": "#!/bin/sh\ndocker run --gpus 2 -v $PWD:/w lab/train:3 t.py $EPOCHS\n",
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        settings = api.Settings(registry="reg.example/x")
        theirs = api.check([str(path)], api.demo_snapshot(), settings, targets=TARGETS, given=given)
        ours = checker.check(text, TARGETS, given)
        assert [_plain(one, "input") for one in ours.jobs] == [
            _plain(one, str(path)) for one in theirs.jobs
        ]


def _plain(check: Any, file: str) -> Any:
    import msgspec

    text = msgspec.json.encode(check).decode().replace(file, "FILE")
    found = msgspec.json.decode(text)
    for one in found["findings"]:
        one.pop("fingerprint", None)
    if check.reader == "manifest":
        for translation in found["translations"]:
            for entry in translation.get("ledger", ()):
                entry["item"].pop("place", None)
    found.pop("lines", None)
    return found


def test_a_text_leaves_nothing_behind(checker: TextChecker) -> None:
    """Not what was decided for it, not a job, not what was found of it."""
    text = "docker run --gpus 1 -v /raid/x:/x local/thing:1 t.py $EPOCHS"
    before = checker.check(text, TARGETS)
    given = Situation(target="runai-v2", values={"EPOCHS": "9"}, registry="reg.example/x")
    other = checker.check(text, ("kubernetes",), given)
    assert checker.check(text, TARGETS) == before
    assert "9" in other.jobs[0].translations[0].text
