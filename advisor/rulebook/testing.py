"""`advisor rules test`: every check on every rule, without stopping at the first failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from advisor.errors import RuleError
from advisor.rulebook.checks import problems
from advisor.rulebook.fact_paths import FactPaths
from advisor.rulebook.loaded import LoadedRule
from advisor.rulebook.loader import load_rule, load_rules
from advisor.rulebook.source import (
    AREAS,
    RuleSource,
    built_in_root,
    built_in_sources,
    directory_sources,
)


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
            own = (one for one in built_in_sources() if one.document.file.startswith(label))
            tests += _tested(own, paths, {})
    return tuple(tests)


def _built_in_label(directory: Path) -> str | None:
    """How the files of a directory are called where it is one of the package's own."""
    root = built_in_root()
    own = {"rules/": root, **{f"rules/{area}/": root / area for area in AREAS}}
    resolved = directory.resolve()
    found = (
        name for name, one in own.items() if isinstance(one, Path) and one.resolve() == resolved
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
