"""The flags that a docker command gave, by name."""

from __future__ import annotations

from collections.abc import Callable

from advisor.jobs.run import Whole
from advisor.readers.docker_run.flags import Flag
from advisor.readers.flag_scan import Given
from advisor.readers.masking import is_veiled


class GivenFlags(Given[Flag]):
    """With what only docker's flags are asked for."""

    def all(self, name: str) -> list[str]:
        """Every value, in the order given."""
        return [occurrence.text for occurrence in self.of(name)]

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value, expansions as written."""
        return tuple(map(self.veil.plain, self.all(name)))

    def known(self, name: str) -> str | None:
        """The value that counts, None when it is not given or left to the shell."""
        value = self.last(name)
        return None if value is None or is_veiled(value) else value

    def amount(self, name: str, parse: Callable[[str], int]) -> Whole | None:
        """The number that counts, its words where the shell decides it; None when not given."""
        value = self.last(name)
        if not value:
            return None
        return self.veil.word(value) if is_veiled(value) else parse(value)
