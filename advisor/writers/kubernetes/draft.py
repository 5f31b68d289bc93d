"""A manifest in the making, with the accounts of what went into it. Words stand in it as no shell
fills anything in, but Kubernetes does."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from advisor.facts.secrecy import MARK
from advisor.jobs.run import Run, Whole
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation
from advisor.jobs.withholding import withheld_word
from advisor.jobs.word import Expansion, Word, for_cluster, joined, setting_name, word
from advisor.writers.ledger import Draft
from advisor.writers.names import job_name, object_name
from advisor.writers.open_values import how_to_settle, open_amount
from advisor.writers.shell_text import quote_words

PLACEHOLDER = "SET_ME_"
_DIRECTORIES = frozenset({"PWD", "CD", "CURDIR"})


class FilledWord(NamedTuple):
    """The text with a placeholder for each expansion that is not known, and how to settle each."""

    text: str
    open: tuple[str, ...] = ()


def fill(word: Word, situation: Situation, own: Collection[str] | None = None) -> FilledWord:
    """`own`: the container's variables, where Kubernetes expands `$(NAME)` in the text."""
    parts: list[str | Expansion] = []
    open_: list[str] = []
    for part in word.parts:
        if isinstance(part, str) or part.kind == "cluster":
            parts.append(part)
            continue
        name = setting_name(part)
        value = situation.values.get(name)
        if value is None:
            open_.append(_how(name, part))
            value = PLACEHOLDER + _variable(name)
        parts.append(value)
    filled = joined(parts)
    text = filled.text if own is None else for_cluster(filled, own).text
    return FilledWord(text, tuple(dict.fromkeys(open_)))


def _variable(name: str) -> str:
    return {"@": "ARGUMENTS", "*": "ARGUMENTS"}.get(name, name)


def _how(name: str, expansion: Expansion) -> str:
    if expansion.withheld:
        return (
            f"the value of {name} is a secret and is not repeated: put it in place of"
            f" {PLACEHOLDER}{_variable(name)} where it is applied, never in a file that is kept"
        )
    if expansion.asked:
        return (
            f"give --set {name}=VALUE, {expansion.asked}, or put it in place of {PLACEHOLDER}{name}"
        )
    if name in ("@", "*"):
        way = "its words by --set 1=VALUE, --set 2=VALUE and so on"
    elif name in _DIRECTORIES or expansion.source.strip("$()`").strip() == "pwd":
        way = f"--cwd DIRECTORY or --set {name}=VALUE"
    else:
        way = f"--set {name}=VALUE"
    return (
        f"{expansion.source} is only known to a shell, and a manifest has none: give {way}, or"
        f" put the value in place of {PLACEHOLDER}{_variable(name)}"
    )


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
        self.volume_of_claim: dict[tuple[tuple[str, Any], ...], str] = {}
        self.claims: list[Body] = []
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
        """The word for a manifest; what stays open is noted under its part. `expanded`: in
        this field Kubernetes expands `$(NAME)`."""
        if MARK in value.text:
            value = withheld_word(value, value.text, key or field)
        filled = fill(value, self.situation, self.own_names if expanded else None)
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
