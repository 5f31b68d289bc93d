"""What a script is known to have assigned, position by position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from advisor.jobs.word import Word

Value = Word | tuple[Word, ...] | None
"""A scalar, an array, or None: assigned in the script, but not to anything known."""


class Variables:
    """The variables at one point. A name it does not hold was not assigned up to there."""

    def __init__(self) -> None:
        self._values: dict[str, Value] = {}
        self._exported: set[str] = set()
        self._tainted: set[str] = set()
        self._doubtful = False

    def __contains__(self, name: str) -> bool:
        return name in self._values or name in self._tainted

    def value(self, name: str) -> Value:
        """The value of a name it holds."""
        return None if name in self._tainted else self._values.get(name)

    @property
    def splits(self) -> bool:
        """Whether unquoted values are parted at blanks: not once the script assigns IFS."""
        return "IFS" not in self

    def assign(self, name: str, value: Value) -> None:
        """Note an assignment."""
        self._values[name] = value

    def export(self, name: str) -> None:
        """Note that commands get the variable in their environment."""
        self._exported.add(name)

    def forget(self, names: Iterable[str]) -> None:
        """From here on the names are not known."""
        self._values.update(dict.fromkeys(names))

    def forget_all(self) -> None:
        """From here on nothing assigned so far is known (`source`, `eval`)."""
        self.forget(list(self._values))

    def taint(self, names: Iterable[str]) -> None:
        """The names are never known: a function assigns them, whenever it is called."""
        self._tainted.update(names)

    def snapshot(self) -> dict[str, Value]:
        """The values, to come back to."""
        return dict(self._values)

    def restore(self, values: dict[str, Value]) -> None:
        """Come back to the values of a snapshot."""
        self._values = dict(values)

    def exported(self) -> Mapping[str, Word]:
        """The exported scalars that are known."""
        found = {name: self.value(name) for name in sorted(self._exported)}
        return {name: value for name, value in found.items() if isinstance(value, Word)}
