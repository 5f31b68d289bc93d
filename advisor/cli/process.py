"""One run of the command line: every way it can end, and the exit code of each."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from advisor.cli.root import root
from advisor.cli.stream import silence
from advisor.errors import AdvisorError, ExitCode, InputError, one_line

DEBUG_VARIABLE = "ADVISOR_DEBUG"

_YOUNG = 50_000
"""New objects after which Python looks for garbage; its 700 have it look all through the start."""

_LOGIN = re.compile(r"[^\s'\"/:@=]+:[^\s'\"/:@]+@(?!sha\d+:)(?=\w)")
"""USER:PASSWORD before a host, in whatever argument it was given."""

_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def run_process() -> NoReturn:
    """Run this process's arguments and end it at once: what it holds goes with it, taken apart by
    nobody, and no thread is waited for."""
    # Those that the caller closed (`>&-`) lead nowhere; else a file may get their number. Standard
    # input still cannot be read, nor standard output written to, so that what is lost is told.
    for name, mode in (("stdin", os.O_WRONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            stream = os.fdopen(os.open(os.devnull, mode), "r" if name == "stdin" else "w")
            setattr(sys, name, stream)
    gc.set_threshold(_YOUNG)
    if "_ADVISOR_COMPLETE" in os.environ:
        import advisor.cli.completion  # noqa: F401 - how shells are answered
    code = run(sys.argv[1:])
    if code == ExitCode.INTERRUPTED:
        silence(sys.stdout)
    _flush()
    atexit._run_exitfuncs()
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """The exit code; errors are said in one line on standard error, never as a traceback."""
    try:
        _require_folder()
        code = root.main(list(arguments), prog_name="advisor", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except (click.Abort, KeyboardInterrupt):
        if sys.stderr.isatty():  # which shows ^C
            click.echo(err=True)
        return _complain("interrupted", ExitCode.INTERRUPTED)
    except click.UsageError as error:
        return _complain(_with_hint(error), ExitCode.USAGE)
    except click.ClickException as error:
        return _complain(error.format_message(), ExitCode.USAGE)
    except AdvisorError as error:
        return _complain(error.line(), error.exit_code)
    except BrokenPipeError:
        silence(sys.stdout)
        return ExitCode.OK
    except OSError as error:
        if error.filename is not None or error.errno not in _UNWRITABLE:
            return _internal(error)
        silence(sys.stdout)
        reason = (error.strerror or str(error)).lower()
        return _complain(f"standard output: cannot be written: {reason}", ExitCode.USAGE)
    except MemoryError:
        return _complain("there is not enough memory for what is to be read", ExitCode.USAGE)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.OK
    except Exception as error:
        return _internal(error)


def _require_folder() -> None:
    """Every path that is given or found starts there; InputError."""
    try:
        os.getcwd()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"the current folder cannot be used: {reason}", remedy="change to one that is there"
        ) from None


def _with_hint(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "advisor"
    if isinstance(error, click.NoSuchOption) and error.option_name == "--demo":
        return f"{path} has no --demo; these have: advisor audit, snapshot, serve"
    return f"{error.format_message().rstrip('.')} (see: {path} --help)"


def _internal(error: Exception) -> int:
    if os.environ.get(DEBUG_VARIABLE):
        import traceback

        traceback.print_exc()
    what = f"internal error: {type(error).__name__}: {error}"
    advice = f"please report it with the output of {DEBUG_VARIABLE}=1"
    return _complain(f"{what} ({advice})", ExitCode.INTERNAL)


def _complain(line: str, code: int) -> int:
    from advisor.facts.secrecy import MARK, redact_text  # not for a run that has nothing to say

    try:
        plain = _LOGIN.sub(f"{MARK}@", redact_text(line)[0])
        click.echo(f"advisor: {one_line(plain)}", err=True)
    except OSError:
        silence(sys.stderr)
    return code


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            silence(sys.stdout)
