"""Steps of workflows (Argo, Tekton) with the parameters that the workflow itself tells, and their
scripts as commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from advisor.objects.roles import Path, WrittenTemplate
from advisor.readers.manifest.shape import Body, entries, mapping, scalar, text, texts

_ARGO = "argoproj.io/"
_TEKTON = "tekton.dev/"
_ARGO_NAME = re.compile(r"\{\{[ \t]*([\w.-]+)[ \t]*\}\}")
_TEKTON_NAME = re.compile(
    r"\$\(((?:inputs\.)?(?:params|workspaces|results|context|tasks|step|steps)\.[\w.\[\]*\"'-]+)\)"
)
_READS_TEXT = re.compile(
    r"(?:[\w.-]*/)*(?:(?P<c>(?:ba|da|z|k|a)?sh|python[\d.]*)|node|perl|ruby|Rscript)"
)
_SHEBANG = re.compile(r"#![ \t]*(?:/usr/bin/env[ \t]+(?:-S[ \t]+)?)?([^\n]+)\n")
_STEP = 2
"""Steps of a path from a task to one of its own."""
_DEEPEST = 8
_LONGEST = 4096
"""Of a value that is put in: what is handed on may double at each step."""


def is_workflow(document: Body) -> bool:
    """Whether its controller fills in texts when it runs."""
    return text(document, "apiVersion").startswith((_ARGO, _TEKTON))


class Steps:
    """The steps of one object: what each is told by the others is looked up once."""

    def __init__(self, document: Body) -> None:
        self._document = document
        spec = mapping(document, "spec")
        self._spec = mapping(spec, "workflowSpec") or spec
        self._known: dict[str, dict[str, str]] = {}
        self._tasks: dict[Path, dict[str, str]] = {}

    def template(self, template: WrittenTemplate) -> WrittenTemplate:
        """The template of a step as it will run, as far as the object tells; others as they are."""
        version = text(self._document, "apiVersion")
        if version.startswith(_ARGO):
            step = _at(self._document, template.path)
            values = {**self._workflow, **self._inputs(step)}
            pattern = _ARGO_NAME
        elif version.startswith(_TEKTON):
            values = self._of_task(template.path[:-_STEP])
            pattern = _TEKTON_NAME
        else:
            return template
        filled: Body = _filled(template.spec, pattern, values)
        containers = [_as_command(container) for container in entries(filled, "containers")]
        return replace(template, spec={**filled, "containers": containers})

    def _of_task(self, path: Path) -> dict[str, str]:
        if path not in self._tasks:
            self._tasks[path] = _task_values(self._document, path)
        return self._tasks[path]

    @cached_property
    def _workflow(self) -> dict[str, str]:
        given = _parameters(mapping(self._spec, "arguments"))
        return {f"workflow.parameters.{name}": value for name, value in given.items()}

    @cached_property
    def _calls(self) -> dict[str, list[tuple[Body, Body]]]:
        """By the name of a template, who calls it and how."""
        calls: dict[str, list[tuple[Body, Body]]] = {}
        for caller in entries(self._spec, "templates"):
            rows = caller.get("steps")
            in_steps = [
                call
                for row in (rows if isinstance(rows, list) else ())
                for call in (row if isinstance(row, list) else [row])
            ]
            for call in (*in_steps, *entries(mapping(caller, "dag"), "tasks")):
                if isinstance(call, dict):
                    calls.setdefault(text(call, "template"), []).append((caller, call))
        return calls

    def _inputs(self, step: Body, depth: int = 0) -> dict[str, str]:
        """What the inputs of a step hold: what all who call it say, else its own default."""
        name = text(step, "name")
        if name in self._known:
            return self._known[name]
        self._known[name] = {}  # those that call each other in a ring
        stated = _parameters(mapping(step, "inputs"))
        known = {key: _filled(value, _ARGO_NAME, self._workflow) for key, value in stated.items()}
        said: dict[str, set[str]] = {}
        for caller, call in self._calls.get(name, ()) if depth < _DEEPEST else ():
            given = _parameters(mapping(call, "arguments"))
            hands_on = any("inputs." in value for value in given.values())
            above = {**self._workflow, **self._inputs(caller, depth + 1)} if hands_on else {}
            for key, value in given.items():
                filled = _filled(value, _ARGO_NAME, above or self._workflow)
                said.setdefault(key, set()).add(filled)
        known |= {key: next(iter(values)) for key, values in said.items() if len(values) == 1}
        for key in (key for key, values in said.items() if len(values) > 1):
            known.pop(key, None)
        self._known[name] = {
            f"inputs.parameters.{key}": value
            for key, value in known.items()
            if len(value) <= _LONGEST
        }
        return self._known[name]


def _parameters(holder: Body) -> dict[str, str]:
    """Parameters that have a value or a default, by name."""
    stated = {
        text(entry, "name"): entry.get("value", entry.get("default"))
        for entry in entries(holder, "parameters")
    }
    return {name: scalar(value) for name, value in stated.items() if value == "" or scalar(value)}


def _task_values(document: Body, path: Path) -> dict[str, str]:
    """The parameters of a task of Tekton: what its run says, else its defaults."""
    values: dict[str, str] = {}
    holders = [_at(document, path[:length]) for length in range(1, len(path) + 1)]
    for holder in holders:
        for entry in entries(holder, "params"):
            value = entry.get("value", entry.get("default"))
            filled = _filled(scalar(value), _TEKTON_NAME, values)
            if value == "" or 0 < len(filled) <= _LONGEST:
                values[f"params.{text(entry, 'name')}"] = filled
    return {**values, **{f"inputs.{name}": value for name, value in values.items()}}


def _filled(value: Any, pattern: re.Pattern[str], values: Mapping[str, str]) -> Any:
    """The value with what is known put in; what is not stands as `{{NAME}}`."""
    if isinstance(value, str):
        return pattern.sub(lambda match: values.get(match[1], f"{{{{{match[1]}}}}}"), value)
    if isinstance(value, list):
        return [_filled(entry, pattern, values) for entry in value]
    if isinstance(value, dict):
        return {key: _filled(entry, pattern, values) for key, entry in value.items()}
    return value


def _as_command(container: Body) -> Body:
    """A script (`source` of Argo, `script` of Tekton) as what its interpreter is given."""
    script = text(container, "source") or text(container, "script")
    if not script:
        return container
    words = list(texts(container, "command")) or ["sh"]
    if (first := _SHEBANG.match(script)) is not None and "script" in container:
        words, script = first[1].split(), script[first.end() :]
    program = _READS_TEXT.fullmatch(words[0])
    if program is None:
        return {**container, "command": [*words, "{{steps.script-file}}"]}
    option = "-c" if program["c"] else "-e"
    return {
        **container,
        "command": [*words, option, script],
        "args": list(texts(container, "args")),
    }


def _at(value: Any, path: Path) -> Body:
    for step in path:
        fits = isinstance(value, list) if isinstance(step, int) else isinstance(value, dict)
        value = value[step] if fits and (isinstance(step, int) or step in value) else None
    return value if isinstance(value, dict) else {}
