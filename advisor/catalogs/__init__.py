"""The tables of `rules/catalog/`, read into typed records."""

from __future__ import annotations

from typing import TypeVar

from advisor.errors import RuleError
from advisor.rulebook.document import Document, built_in_root

T = TypeVar("T")


def load_catalog(name: str, type: type[T]) -> T:
    """rules/catalog/NAME.yaml as `type`; raises RuleError with line and column where it misfits."""
    label = f"rules/catalog/{name}.yaml"
    try:
        text = (built_in_root() / "catalog" / f"{name}.yaml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"cannot be read: {error}", where=f"{label}:1:1") from None
    return Document(file=label, text=text).decode(type)
