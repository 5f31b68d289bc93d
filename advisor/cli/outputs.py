"""`--format NAME[=PATH]`: which outputs, whether they can be written, and writing them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import click
import msgspec

from advisor import api
from advisor.cli.stream import colored, note_written, print_result, width
from advisor.errors import suggestion
from advisor.files import STANDARD_STREAM, check_outputs, write_atomically
from advisor.output.formats import FORMATS

DEFAULT_FORMAT = "terminal"

_READ = ("snapshot", "jobs", "rules", "config", "baseline", "kubeconfig", "registry_ca")
_SETTINGS = ("advisor.toml", "pyproject.toml")
_LONGEST_PATH = 4096


class Output(msgspec.Struct, frozen=True):
    """One format and where it goes; `-` is standard output."""

    format: str
    path: str


def parse_outputs(
    values: Sequence[str], formats: Iterable[str] = tuple(FORMATS), inputs: Sequence[str] = ()
) -> tuple[Output, ...]:
    """The outputs asked for, checked for unknown names, collisions, unwritable paths, and for
    inputs that they would replace."""
    outputs = tuple(_parse(value, formats) for value in values) or (
        Output(DEFAULT_FORMAT, STANDARD_STREAM),
    )
    paths = [output.path for output in outputs]
    check_outputs(paths, files_read(inputs, paths))
    return outputs


def named_inputs(options: Mapping[str, Any], named: Iterable[str] = ()) -> tuple[str, ...]:
    """Every file and folder that a command line names to be read, the settings' own among them."""
    given = [options.get(name) or () for name in _READ]
    paths = [
        path for written in given for path in ((written,) if isinstance(written, str) else written)
    ]
    return tuple(dict.fromkeys((*named, *paths, *_SETTINGS)))


def files_read(inputs: Iterable[str], outputs: Iterable[str]) -> Iterator[str]:
    """The files among the inputs; those of a folder only where an output lies in one."""
    present = [os.path.realpath(path) for path in outputs if os.path.isfile(path)]
    for path in inputs:
        if len(path) > _LONGEST_PATH or "\0" in path or not os.path.exists(path):
            continue
        if not os.path.isdir(path):
            yield path
        elif any(file.startswith(os.path.realpath(path) + os.sep) for file in present):
            from advisor.readers.specs import find_inputs

            yield from (source.file for source in find_inputs([path]) if isinstance(source, tuple))


def write_outputs(
    draw: Callable[[str, api.RenderOptions], str],
    outputs: Sequence[Output],
    options: Mapping[str, Any],
) -> None:
    """Render all formats first, then write them, so that a fault in one leaves no half a set."""
    report = next((o.path for o in outputs if o.path != STANDARD_STREAM), "")
    texts = [draw(output.format, _render_options(output, report, options)) for output in outputs]
    for output, text in zip(outputs, texts, strict=True):
        if output.path == STANDARD_STREAM:
            print_result(text)
        else:
            write_atomically(output.path, text.encode())
            note_written(output.path, quiet=options["quiet"])


def _parse(value: str, formats: Iterable[str]) -> Output:
    name, separator, path = value.partition("=")
    if name not in formats:
        raise click.UsageError(f"there is no format '{name}'{suggestion(name, formats)}")
    if separator and not path:
        raise click.UsageError(f"--format {value}: the path after '=' is missing")
    return Output(name, path or STANDARD_STREAM)


_OUTPUT_OPTIONS = ("formats", "verbose", "full", "no_color", "quiet", "fail_on", "min_severity")


def _command() -> str:
    """What was typed, without what only the output is asked for by."""
    context = click.get_current_context()
    words = [context.command_path]
    for parameter in context.command.params:
        name = parameter.name or ""
        typed = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if not typed or name in _OUTPUT_OPTIONS:
            continue
        value = context.params[name]
        option = () if isinstance(parameter, click.Argument) else parameter.opts[:1]
        for given in value if isinstance(value, tuple) else (value,):
            words += [*option, *(() if given is True else (shlex.quote(str(given)),))]
    return " ".join(words)


def _render_options(output: Output, report: str, options: Mapping[str, Any]) -> api.RenderOptions:
    on_screen = output.path == STANDARD_STREAM
    return api.RenderOptions(
        color=on_screen and colored(options["no_color"]),
        width=width() if on_screen else api.RenderOptions().width,
        min_severity=options["min_severity"],
        verbose=options["verbose"],
        full=options.get("full", False),
        report=report if report != output.path else "",
        command=_command() if on_screen else api.RenderOptions().command,
    )
