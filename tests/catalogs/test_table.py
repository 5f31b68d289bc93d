"""Tables of data: what misfits is named with its place."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from advisor.catalogs import load_catalog
from advisor.errors import RuleError
from advisor.rulebook.document import Document


def test_every_table_is_a_map() -> None:
    folder = files("advisor_rules") / "catalog"
    names = sorted(file.name.removesuffix(".yaml") for file in folder.iterdir())
    assert [name for name in names if not load_catalog(name, dict[str, Any])] == []


def test_no_such_table() -> None:
    with pytest.raises(RuleError) as caught:
        load_catalog("none", dict)
    assert caught.value.where == "rules/catalog/none.yaml:1:1"


def test_misfit() -> None:
    document = Document(file="t.yaml", text="a: 1\nb:\n  - 2\n  - three\n")
    with pytest.raises(RuleError) as caught:
        document.decode(dict[str, int | list[int]])
    assert caught.value.line() == "t.yaml:1:1: expected `int`, got `str`"
