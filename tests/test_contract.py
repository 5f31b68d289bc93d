"""The shape of the house: which module may import what."""

from __future__ import annotations

import ast
import functools
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import advisor
from tests.mutants.__main__ import SUBJECTS

PACKAGE = Path(advisor.__file__).parent
OUTSIDE = {"docker", "kubernetes", "paramiko", "requests", "socket", "subprocess", "urllib3"}
LISTENS = ("serving/server.py", "socket")
"""The server has a socket that others connect to; it connects to nobody."""
ROOT = Path(__file__).parent.parent


@functools.cache
def _modules() -> list[tuple[str, ast.Module]]:
    return [
        (path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    ]


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_only_the_probes_talk_to_the_outside() -> None:
    offenders = {
        (module, imported)
        for module, tree in _modules()
        if not module.startswith("probes/")
        for imported in _imports(tree)
        if imported.partition(".")[0] in OUTSIDE
    }
    assert offenders == {LISTENS}


def test_every_module_says_what_it_is() -> None:
    bare = [module for module, tree in _modules() if tree.body and not ast.get_docstring(tree)]
    assert bare == []


def test_what_is_generated_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert generate.outdated() == []


def test_what_gets_faults_and_the_tests_that_shall_see_them_are_there() -> None:
    named = [
        path
        for modules, tests in SUBJECTS.values()
        for path in (*(PACKAGE / module for module in modules), *(ROOT / test for test in tests))
    ]
    assert [path for path in named if not path.exists()] == []
