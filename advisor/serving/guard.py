"""What a process that works on requests may not do, whatever the text makes it try."""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from contextlib import suppress
from importlib.util import find_spec
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

MOST_MEMORY = 768 * 2**20
"""Bytes that a process may take beyond what it has when it begins."""

_LISTING = frozenset({"os.listdir", "os.scandir"})
_REFUSED = frozenset(
    {
        *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"),
        *("os.chdir", "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename"),
        *("os.rmdir", "os.symlink", "os.truncate", "os.putenv", "os.kill", "pty.spawn"),
        *("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto"),
        *("subprocess.Popen", "shutil.rmtree", "ctypes.dlopen"),
    }
)
"""Events of the interpreter that no request needs."""


def confine() -> None:
    """Bind this process for good: no file but those of advisor and its libraries is read, none is
    written, no program and no connection is started, memory is bounded. It ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.dont_write_bytecode = True
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for limit, most in ((resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        _limit(limit, most)
    if (taken := _memory()) is not None:
        _limit(resource.RLIMIT_AS, taken + MOST_MEMORY)
    folders = _own_folders()

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _REFUSED:
            raise PermissionError(f"{event} is refused for a request")
        if (event == "open" or event in _LISTING) and not isinstance(arguments[0], int):
            written = os.fsdecode(arguments[0] or ".")
            path = written if os.path.isabs(written) else os.path.abspath(written)
            if not os.path.realpath(path).startswith(folders):
                raise PermissionError("no file is opened for a request")

    sys.addaudithook(refuse)


def _own_folders() -> tuple[str, ...]:
    """Where code and tables are that are loaded when they are first needed."""
    here = os.path.realpath(os.curdir)
    folders = {path for path in sys.path if os.path.isabs(path) and os.path.realpath(path) != here}
    for name in ("advisor", "advisor_rules", "advisor_reports"):
        spec = find_spec(name)
        folders |= set((spec and spec.submodule_search_locations) or ())
    return tuple(f"{os.path.realpath(folder)}{os.sep}" for folder in sorted(folders))


def _limit(which: int, most: int) -> None:
    with suppress(ValueError, OSError):
        resource.setrlimit(which, (most, most))


def _memory() -> int | None:
    """Bytes of address space that this process has; None where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    except (OSError, ValueError):
        return None
    return int(pages) * resource.getpagesize()


def _end_with_parent() -> None:
    """The server may be killed without a word to its workers."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
