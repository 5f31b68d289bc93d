"""Which other files a compose file takes something from."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from advisor.errors import InputError
from advisor.readers.compose.merging import Tagged
from advisor.readers.compose.project import included_paths
from advisor.readers.yaml.documents import parse_documents

_MENTIONED = re.compile(r"\b(?:include|extends)\b")


def referenced_files(text: str, file: str, *, extended: bool = True) -> tuple[str, ...]:
    """The paths that `include` and `extends` mean, or `include` alone; nothing for a text that
    cannot be read, and none with a variable in it."""
    if not _MENTIONED.search(text):
        return ()
    try:
        documents = parse_documents(text, file, on_tag=Tagged)
    except InputError:
        return ()
    names = [name for one in documents if isinstance(one, dict) for name in _names(one, extended)]
    folder = posixpath.dirname(file)
    paths = [posixpath.normpath(posixpath.join(folder, name)) for name in names if "$" not in name]
    return tuple(dict.fromkeys(path for path in paths if path != posixpath.normpath(file)))


def _names(document: dict[str, Any], extended: bool) -> list[str]:
    names = included_paths(document)
    if not extended:
        return names
    services = document.get("services")
    for body in services.values() if isinstance(services, dict) else ():
        extends = body.get("extends") if isinstance(body, dict) else None
        if isinstance(extends, dict) and isinstance(extends.get("file"), str):
            names.append(extends["file"])
    return names
