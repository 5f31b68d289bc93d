"""For authors of rules: a new rule to start from, and every check on every rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

import advisor
from advisor.errors import InputError, RuleError
from advisor.rulebook.checks import problems
from advisor.rulebook.document import (
    AREAS,
    ID,
    RuleSource,
    built_in_root,
    built_in_sources,
    directory_sources,
)
from advisor.rulebook.fact_paths import FactPaths
from advisor.rulebook.loaded import SCOPES, LoadedRule
from advisor.rulebook.loader import load_rule, load_rules


class RuleTest(msgspec.Struct, frozen=True, kw_only=True):
    """One rule file tested: its examples' number, and one line for everything that is wrong."""

    rule: str
    file: str
    examples: int
    failures: tuple[str, ...] = ()


def test_rules(
    directories: Sequence[Path], *, variables: Mapping[str, type]
) -> tuple[RuleTest, ...]:
    """The rules of the directories, tested beside the built-in ones; without any, the built-in.
    A directory may be that of the built-in rules, or one of their areas."""
    paths = FactPaths(variables)
    if not directories:
        return tuple(_tested(built_in_sources(), paths, {}))
    tests: list[RuleTest] = []
    taken = dict(load_rules(variables=variables))
    for directory in directories:
        label = _built_in_label(directory)
        if label is None:
            tests += _tested(directory_sources(directory), paths, taken)
        else:
            own = (
                source for source in built_in_sources() if source.document.file.startswith(label)
            )
            tests += _tested(own, paths, {})
    return tuple(tests)


def _built_in_label(directory: Path) -> str | None:
    """How the files of a directory are called where it is one of the package's own."""
    root = built_in_root()
    own = {"rules/": root, **{f"rules/{area}/": root / area for area in AREAS}}
    resolved = directory.resolve()
    found = (
        name for name, path in own.items() if isinstance(path, Path) and path.resolve() == resolved
    )
    return next(found, None)


# Its name is what the command does; pytest must not take it for a test.
test_rules.__test__ = False  # type: ignore[attr-defined]


def _tested(
    sources: Iterator[RuleSource], paths: FactPaths, taken: dict[str, LoadedRule]
) -> Iterator[RuleTest]:
    for source in sources:
        try:
            loaded = load_rule(source, paths, taken=taken)
        except RuleError as error:
            yield RuleTest(
                rule=source.stem, file=source.document.file, examples=0, failures=(error.line(),)
            )
            continue
        taken[loaded.rule.id] = loaded
        yield RuleTest(
            rule=loaded.rule.id,
            file=source.document.file,
            examples=len(loaded.rule.examples),
            failures=tuple(problem.line() for problem in problems(loaded, paths)),
        )


_SAMPLES: dict[str, tuple[str, str, Any, Any]] = {
    "cluster": ("version", "gpu_nodes", 0, 2),
    "node": ("name", "unschedulable", True, False),
    "image": ("reference", "tag", "latest", "24.03"),
    "data": ("source", "kind", "anonymous-volume", "bind"),
    "storageclass": ("name", "reclaim_policy", "Delete", "Retain"),
    "workload": ("name", "kind", "Deployment", "Job"),
    "job": ("name", "kind", "Deployment", "Job"),
    "host": ("name", "image_store", "classic", "containerd"),
}
"""By scope: the fact that names the subject, one to judge, a value that fires, a fine one."""

_TEMPLATE = """\
id: {id}
title: {fact} is {firing_word}
severity: warning
scope: {scope}
needs: [{scope}.{name}, {scope}.{fact}]
when: {scope}.{fact} == {firing}
message: "{{{{ {scope}.{name} }}}} has {fact} {{{{ {scope}.{fact} }}}}."
remedy: Say what to do, ending with a full stop.
why: Say what goes wrong otherwise.
links: []
since: "{version}"
examples:
  - name: it is
    facts:
      {scope}: {{{name}: sample, {fact}: {firing}}}
    result: finding
    message: sample has {fact} {rendered}.
  - name: it is not
    facts:
      {scope}: {{{name}: sample, {fact}: {quiet}}}
    result: ok
  - name: not known
    facts:
      {scope}: {{{name}: sample}}
    result: unknown
"""


def new_rule(rule_id: str, scope: str = "image") -> str:
    """The text of a valid rule file; raises InputError for an id or a scope there cannot be."""
    if not ID.match(rule_id):
        raise InputError(
            f"`{rule_id}` is no rule id", remedy="2 to 6 capitals and 3 digits, like LAB001"
        )
    if rule_id in {source.stem for source in built_in_sources()}:
        raise InputError(f"the id `{rule_id}` is a built-in rule's", remedy="as in: LAB001")
    if scope not in SCOPES:
        raise InputError(f"`{scope}` is no scope", remedy=f"one of: {', '.join(SCOPES)}")
    name, fact, firing, quiet = _SAMPLES[scope]
    return _TEMPLATE.format(
        id=rule_id,
        scope=scope,
        name=name,
        fact=fact,
        firing=json.dumps(firing),
        firing_word=str(firing).lower(),
        quiet=json.dumps(quiet),
        rendered=firing,
        version=advisor.__version__,
    )
