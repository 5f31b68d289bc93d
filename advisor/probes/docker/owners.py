"""Whose container it may be: a hint from labels, the user it runs as, and home folders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from advisor.facts.host import Mount

LABELS = ("owner", "user", "username", "maintainer", "author", "contact")
FOLDER_LABELS = (
    "com.docker.compose.project.working_dir",
    "devcontainer.local_folder",
    "io.podman.compose.project.working_dir",
)
HOME = re.compile(r"/(?:home|Users)/([^/]+)(?:/|$)")
SHARED_HOMES = frozenset({"shared", "public", "linuxbrew", "lost+found", "data"})
SYSTEM_USERS = frozenset({"root", "nobody", "daemon", "www-data"})


def owner_hint(labels: Mapping[str, str], user: str, mounts: Sequence[Mount]) -> str:
    """A name, or empty. `labels` and `user` without what the image sets."""
    sources: Sequence[Callable[[], Iterator[str]]] = (
        lambda: _labelled(labels),
        lambda: _homes(labels.get(name, "") for name in FOLDER_LABELS),
        lambda: _homes(mount.source for mount in mounts),
        lambda: _user(user),
    )
    for source in sources:
        names = list(dict.fromkeys(source()))
        if len(names) == 1:
            return names[0]
    return ""


def _labelled(labels: Mapping[str, str]) -> Iterator[str]:
    """Values of the first owner label there is; `com.example.owner` counts as `owner`."""
    by_last_word = {name.rpartition(".")[2].lower(): value for name, value in labels.items()}
    yield from [by_last_word[name] for name in LABELS if by_last_word.get(name)][:1]


def _homes(paths: Sequence[str] | Iterator[str]) -> Iterator[str]:
    for path in paths:
        match = HOME.match(path)
        if match and match[1] not in SHARED_HOMES:
            yield match[1]


def _user(user: str) -> Iterator[str]:
    """A user name; numbers and system accounts say nothing about a person."""
    name = user.partition(":")[0]
    if name and not name.isdecimal() and name not in SYSTEM_USERS:
        yield name
