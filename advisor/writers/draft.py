"""What a writer gathers, whatever the target: the job, what became of its parts, and the steps."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.jobs.ledger import Fate
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation
from advisor.jobs.word import Word
from advisor.writers.ledger import Account, verdict_on
from advisor.writers.shell_text import Expansions, step


def about_dollars(texts: Iterable[str]) -> str:
    """What is told of words that a pod holds, where dollar signs of theirs are doubled."""
    doubled = any("$$" in text for text in texts)
    return "; $$ gives the program one $: Kubernetes expands $(NAME)" if doubled else ""


class Draft:
    """An output in the making. `standing` says why the job is one that keeps running; it is empty
    for one that ends. `lost` is what is said of a part that the target has nothing for.
    `own_names` are the variables of the container."""

    def __init__(
        self, spec: JobSpec, run: Run, situation: Situation, standing: str, lost: str
    ) -> None:
        self.spec = spec
        self.run = run
        self.situation = situation
        self.standing = standing
        self.accounts: list[Account] = []
        self.before: list[str] = []
        self.own_names = frozenset(variable.name for variable in run.environment)
        self._lost = lost
        self._expansions = Expansions(
            expansion for item in spec.items for expansion in item.expansions
        )

    def word(self, text: str) -> Word:
        """Text of a job in which its own expansions are expansions again."""
        return self._expansions.word(text)

    def is_open(self, text: str) -> bool:
        """Whether some of a text of the job is left to the shell."""
        return self.word(text).literal is None

    def tell(
        self,
        field: str,
        fate: Fate,
        reason: str,
        output: str = "",
        key: str = "",
        *,
        added: bool = False,
    ) -> None:
        """Note what became of a part: a field, or of several the one with the key."""
        part = (field, key) if key else (field,)
        self.accounts.append(Account(part, fate, reason, output, added))

    def tell_lost(self, field: str, key: str = "") -> None:
        """Note that the target has nothing for a part."""
        verdict = verdict_on(field, "", self.situation.target) or ("no-equivalent", self._lost)
        self.tell(field, *verdict, "", key)

    def add_step(self, why: str, *commands: str) -> None:
        """Commands that must come before the output, once."""
        self.add_text(step(why, *commands))

    def add_text(self, text: str) -> None:
        """A whole step that must come before the output, once; nothing where it is empty."""
        if text and text not in self.before:
            self.before.append(text)
