"""A manifest in the making, with the accounts of what went into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from advisor.facts.secrecy import MARK
from advisor.jobs.run import Run, Whole
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation
from advisor.jobs.withholding import withheld_word
from advisor.jobs.word import Word, word
from advisor.writers.draft import Draft
from advisor.writers.kubernetes.words import PLACEHOLDER, fill
from advisor.writers.names import job_name, object_name
from advisor.writers.open_values import how_to_settle, open_amount
from advisor.writers.shell_text import quote_words

Body = dict[str, Any]


class ManifestDraft(Draft):
    """Container and pod gathered field by field. `name` is that of every object of the job."""

    def __init__(self, spec: JobSpec, run: Run, situation: Situation, standing: str) -> None:
        super().__init__(spec, run, situation, standing, "a manifest has no field for this")
        self.container: Body = {}
        self.pod: Body = {}
        self.labels: dict[str, str] = {}
        self.annotations: dict[str, str] = {}
        self.volumes: dict[str, Body] = {}
        self.mounts: dict[str, Body] = {}
        self.variables: dict[str, Body] = {}
        self.secrets: dict[str, str] = {}
        self.namespace = self._namespace()
        name = job_name(run.name, run.image, situation.taken)
        self.name = object_name(fill(name, situation).text)
        self.is_taken = name != job_name(run.name, run.image)

    def _namespace(self) -> str:
        """The one that was chosen, else the source's own, else that of its Run:ai project."""
        stated = self.situation.namespace or self.spec.namespace
        project = self.situation.project or self.run.project
        if stated or not project:
            return stated
        filled = fill(self.word(project), self.situation)
        return f"runai-{filled.text if filled.open else object_name(filled.text)}"

    def text(self, value: Word, field: str, key: str = "", *, expanded: bool = False) -> str:
        """The word for a manifest; what stays open is told of under its part."""
        if MARK in value.text:
            value = withheld_word(value, value.text, key or field)
        filled = fill(value, self.situation, expanded=expanded)
        for reason in filled.open:
            self.tell(field, "unresolved", reason, "", key)
        return filled.text

    def amount(
        self, field: str, value: Whole, spelled: Callable[[int], Any] = int, key: str = ""
    ) -> Any:
        """A number as it is spelled here; one that the shell decides is a placeholder that the API
        refuses, and told of."""
        if not isinstance(value, Word):
            return spelled(value)
        open_ = open_amount(field, value)
        given = self.situation.values.get(open_.name)
        if given is not None:
            return int(given) if given.isdecimal() else given
        self.tell(field, "unresolved", how_to_settle(open_, value), "", key)
        return PLACEHOLDER + open_.name

    def put(self, place: Body, key: str, value: Any, path: str) -> str:
        """Set a key and give what the ledger shows: where, and what when that is short."""
        place[key] = value
        return (
            f"{path}.{key}" if isinstance(value, dict | list) else f"{path}.{key}: {_shown(value)}"
        )

    def step(self, why: str, *words: str | Word) -> None:
        """A command that must come before the manifest, once."""
        spelled = (part if isinstance(part, Word) else word(part) for part in words)
        self.add_step(why, quote_words(spelled))

    def kubectl(self) -> tuple[str, ...]:
        """The words that start a kubectl command in the job's namespace."""
        return ("kubectl", "-n", self.namespace) if self.namespace else ("kubectl",)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
