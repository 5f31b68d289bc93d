"""The plan as a folder: written beside and put in place file by file, never over anything else."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from advisor.errors import InputError, OutputError
from advisor.facts.snapshot import Snapshot
from advisor.files import uninterrupted
from advisor.output.markdown import render_plan
from advisor.planning.plan import Plan
from advisor.planning.scripts import PlanFile, engines_of, plan_files

LIST = ".advisor-plan.json"
"""Names the files of ours and the SHA-256 of what we wrote, so that a later plan rewrites those and
nothing else."""

README = "README.md"
STATE = "state"
COMPLETE = "complete-"
"""What a copy script notes below its folder once both sides are the same."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_ELSEWHERE = "move it away, or name a new folder"
_LONGEST_LIST = 2**24
_EXECUTABLE = 0o755
_PLAIN = 0o644


def check_folder(path: str) -> None:
    """OutputError, before any work, for a folder that holds anything but a plan, or is a link."""
    folder = Path(path)
    try:
        if folder.is_symlink():
            raise OutputError("this is a link", where=path, remedy="name the folder itself")
        if folder.is_dir():
            if any(folder.iterdir()) and _listed(folder) is None:
                raise OutputError(
                    "this folder is not empty and holds no plan",
                    where=path,
                    remedy="name a new one",
                )
        elif folder.exists():
            raise OutputError("this is no folder", where=path, remedy="name a new one")
        elif not folder.absolute().parent.is_dir():
            raise OutputError(
                f"there is no folder {folder.absolute().parent}",
                where=path,
                remedy="make the folder first",
            )
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None


def write_folder(plan: Plan, snapshot: Snapshot, path: str) -> tuple[str, ...]:
    """Write scripts, manifests, commands and README; the paths written, in the order of their use.

    Everything is written beside first, so that a full disk leaves what was there as it was. Files
    of an earlier plan that this one has no more are taken away; whatever is not ours stays. No link
    is followed. OutputError where a file of the plan's names is somebody else's, or was changed.
    """
    check_folder(path)
    files = _all_files(plan, snapshot)
    folder = Path(path).absolute()
    part = folder.with_name(f".{folder.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir()
        for name, file in files.items():
            target = part / name
            target.parent.mkdir(exist_ok=True)
            _write(target, _bytes(file))
            target.chmod(_EXECUTABLE if file.script else _PLAIN)
        _write(part / LIST, _list({name: (_digest(_bytes(file)),) for name, file in files.items()}))
        if folder.is_dir() and any(folder.iterdir()):
            _refuse_others(folder, files)
            with uninterrupted():
                _replace(folder, part, files)
        else:
            part.replace(folder)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return tuple(files)


def load_copies(folders: Iterable[str]) -> dict[str, str]:
    """When the copy scripts in these folders last found a place complete, by `copy_key`.

    InputError for a folder that holds no plan. A copy that was found to differ since is left out.
    """
    copies: dict[str, str] = {}
    for path in folders:
        folder = Path(path)
        if _listed(folder) is None:
            raise InputError("this folder holds no plan", where=path, remedy="check the path")
        for note in sorted(folder.glob(f"{STATE}/{COMPLETE}*")):
            time = _time_in(note)
            if time:
                key = note.name.removeprefix(COMPLETE)
                copies[key] = max(time, copies.get(key, ""))
    return copies


def _time_in(note: Path) -> str:
    try:
        with note.open("rb") as stream:
            words = stream.read(64).decode("ascii", "replace").split()
    except OSError:
        return ""
    return words[0] if words and _TIME.fullmatch(words[0]) else ""


def _all_files(plan: Plan, snapshot: Snapshot) -> dict[str, PlanFile]:
    files = plan_files(plan, engines_of(snapshot.hosts))
    readme = PlanFile(render_plan(plan, files))
    return {README: readme, **files}


def _bytes(file: PlanFile) -> bytes:
    return file.text.encode("utf-8", "surrogateescape")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _list(files: Mapping[str, Sequence[str]]) -> bytes:
    return json.dumps({"files": files}, indent=1, sort_keys=True).encode() + b"\n"


def _write(target: Path, content: bytes) -> None:
    with target.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _refuse_others(folder: Path, files: Mapping[str, PlanFile]) -> None:
    """OutputError, with nothing changed, where a file would take the place of one that is not ours
    any more, or be written through a link."""
    listed = _listed(folder) or {}
    for name in files:
        above, target = (folder / name).parent, folder / name
        if above.is_symlink() or (above.exists() and not above.is_dir()):
            raise OutputError("this is no folder of the plan", where=str(above), remedy=_ELSEWHERE)
        if os.path.lexists(target) and not _is_ours(folder, name, listed):
            raise OutputError(
                "this file is not as a plan wrote it, and stays",
                where=str(target),
                remedy=_ELSEWHERE,
            )


def _is_ours(folder: Path, name: str, listed: Mapping[str, Sequence[str]]) -> bool:
    """Whether the file is one that a plan wrote and nobody changed since."""
    target = folder / name
    if target.parent.is_symlink() or target.is_symlink() or not target.is_file():
        return False
    return _digest(target.read_bytes()) in listed.get(name, ())


def _replace(folder: Path, part: Path, files: Mapping[str, PlanFile]) -> None:
    """Put the new files in place of the old ones. The list names both meanwhile, so that whatever
    ends this midway, the next plan knows what is ours."""
    old = _listed(folder) or {}
    new = _listed(part) or {}
    names = {*old, *new}
    both = {name: (*old.get(name, ()), *new.get(name, ())) for name in names}
    _write(part / f"{LIST}.both", _list(both))
    (part / f"{LIST}.both").replace(folder / LIST)
    for name in files:
        (folder / name).parent.mkdir(exist_ok=True)
        (part / name).replace(folder / name)
    for name in old:
        if name not in files and _is_ours(folder, name, old):
            (folder / name).unlink()
    (part / LIST).replace(folder / LIST)


def _listed(folder: Path) -> dict[str, tuple[str, ...]] | None:
    """The files that an earlier plan wrote, with the digests of what it wrote; None where none did.
    Only plain names count."""
    if (folder / LIST).is_symlink():
        return None
    try:
        names = json.loads((folder / LIST).read_bytes()[:_LONGEST_LIST])["files"]
        stated = names if isinstance(names, dict) else dict.fromkeys(filter(_is_inside, names), ())
        return {name: tuple(stated[name]) for name in stated if _is_inside(name)}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _is_inside(name: object) -> bool:
    parts = Path(name).parts if isinstance(name, str) else ()
    return 0 < len(parts) <= 2 and ".." not in parts and not parts[0].startswith("/")


def _unwritable(path: str, error: Exception) -> OutputError:
    reason = (getattr(error, "strerror", None) or str(error)).lower()
    return OutputError(f"cannot be written: {reason}", where=path)
