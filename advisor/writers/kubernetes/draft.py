"""A manifest in the making, with the accounts of what went into it."""

from __future__ import annotations

from typing import Any

from advisor.jobs.ledger import Fate
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation
from advisor.jobs.word import Word, word
from advisor.writers.account import Account
from advisor.writers.equivalents import verdict_on_field
from advisor.writers.kubernetes.words import fill
from advisor.writers.names import job_name, object_name
from advisor.writers.shell_text import quote_words, with_expansions

Body = dict[str, Any]


class ManifestDraft:
    """Container, pod and steps, gathered field by field.

    `standing` says why the job is one that keeps running; it is empty for one that ends. `name` is
    that of every object made for the job.
    """

    def __init__(self, spec: JobSpec, run: Run, situation: Situation, standing: str) -> None:
        self.spec = spec
        self.run = run
        self.situation = situation
        self.standing = standing
        self.accounts: list[Account] = []
        self.before: list[str] = []
        self.container: Body = {}
        self.pod: Body = {}
        self.labels: dict[str, str] = {}
        self.annotations: dict[str, str] = {}
        self.volumes: list[Body] = []
        self.mounts: list[Body] = []
        self.variables: list[Body] = []
        self.secrets: dict[str, str] = {}
        self._expansions = tuple(one for item in spec.items for one in item.expansions)
        self.namespace = self._namespace()
        self.name = object_name(fill(job_name(run.name, run.image), situation).text)

    def _namespace(self) -> str:
        """The one that was chosen, else the source's own, else that of its Run:ai project."""
        project = self.situation.project or self.run.project
        stated = self.situation.namespace or self.spec.namespace
        return stated or (f"runai-{object_name(project)}" if project else "")

    def word(self, text: str) -> Word:
        """Text of a job in which its own expansions are expansions again."""
        return with_expansions(text, self._expansions)

    def text(self, value: Word, field: str, *keys: str, expanded: bool = False) -> str:
        """The word for a manifest; what stays open is told of under the field."""
        filled = fill(value, self.situation, expanded=expanded)
        for reason in filled.open:
            self.tell(field, "unresolved", reason, "", *keys)
        return filled.text

    def put(self, place: Body, key: str, value: Any, path: str) -> str:
        """Set a key and give what the ledger shows: where, and what when that is short."""
        place[key] = value
        return (
            f"{path}.{key}" if isinstance(value, dict | list) else f"{path}.{key}: {_shown(value)}"
        )

    def tell(
        self, field: str, fate: Fate, reason: str, output: str = "", *keys: str, added: bool = False
    ) -> None:
        """Note what became of a field."""
        self.accounts.append(Account(field, fate, reason, output, keys, added))

    def tell_lost(self, field: str, *keys: str) -> None:
        """Note that a manifest has nothing for a field, or what the table of flags says of it."""
        verdict = verdict_on_field(field, "kubernetes")
        fate, reason = verdict or ("no-equivalent", "a manifest has no field for this")
        self.tell(field, fate, reason, "", *keys)

    def step(self, why: str, *words: str | Word) -> None:
        """A command that must come before the manifest, once."""
        command = quote_words(one if isinstance(one, Word) else word(one) for one in words)
        text = f"# {why}\n{command}"
        if text not in self.before:
            self.before.append(text)

    def kubectl(self) -> tuple[str, ...]:
        """The words that start a kubectl command in the job's namespace."""
        return ("kubectl", "-n", self.namespace) if self.namespace else ("kubectl",)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
