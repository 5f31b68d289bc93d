"""A remedy that several findings share, told once, with the commands of each machine together; and
the filters of a report, by owner and machine."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Generic, TypeVar

from markupsafe import Markup

from advisor.facts.record import Record
from advisor.findings.finding import Finding
from advisor.judging.assessment import Assessment, Thing
from advisor.output.data_steps import short_hash
from advisor.output.overview import PENDING
from advisor.output.plan_view import PlanView
from advisor.output.wording import unbroken

_LISTED = 300


class Facets(Record, frozen=True, kw_only=True):
    """`owners` and `machines` by name with their number; `things` and `hosts` find them again."""

    owners: dict[str, int]
    machines: dict[str, int]
    things: dict[str, Thing]
    hosts: dict[str, str]

    def marks(self, owners: Iterable[str], machines: Iterable[str]) -> str:
        """`o1 o4 m0`: what of the lists belongs to an entry."""
        facets = [
            f"o{self.owners[owner]}" for owner in dict.fromkeys(owners) if owner in self.owners
        ]
        facets += [
            f"m{self.machines[machine]}"
            for machine in dict.fromkeys(machines)
            if machine in self.machines
        ]
        return " ".join(facets)

    def of_finding(self, finding: Finding) -> str:
        """Its owner and those of what it is about, and where that is."""
        thing = self.things.get(finding.subject.id)
        owners = [finding.owner, *(thing.owners if thing is not None else ())]
        machines = list(thing.machines) if thing is not None else [finding.subject.label]
        return self.marks(owners, [*machines, self.hosts.get(finding.subject.id, "")])

    def shown_at(self, finding: Finding) -> str:
        """The row of a thing that says the same with the same grounds; empty for none."""
        thing = self.things.get(finding.subject.id)
        if thing is None or thing.message != finding.message:
            return ""
        return anchor(thing)

    def machine_of(self, finding: Finding) -> str:
        """Where its commands are typed; empty where nothing says."""
        thing = self.things.get(finding.subject.id)
        if thing is not None:
            return thing.machines[0] if thing.machines else ""
        host = self.hosts.get(finding.subject.id, "")
        return host or (finding.subject.label if finding.subject.scope in ("node", "host") else "")


def arrange_facets(audit: Assessment) -> Facets:
    """The owners and machines that most of what has to be acted on belongs to, by name."""
    things = (*audit.images, *audit.data)
    owners: Counter[str] = Counter(finding.owner for finding in audit.findings)
    machines: Counter[str] = Counter({host.name: 1 for host in audit.hosts})
    for thing in things:
        owners.update(thing.owners)
        machines.update(thing.machines if thing.outcome in PENDING else ())
    jobs = audit.plan.jobs if audit.plan is not None else ()
    owners.update(job.owner for job in jobs)
    owners.pop("", None)
    return Facets(
        owners=_numbered(owners),
        machines=_numbered(machines),
        things={thing.subject.id: thing for thing in things},
        hosts={job.id: job.host for job in jobs},
    )


def attributes(facets: Facets, owners: Iterable[str], machines: Iterable[str]) -> Markup:
    """The attribute by which a filter finds an entry; empty where nothing of the lists is its."""
    marks = facets.marks(owners, machines)
    return Markup(' data-marks="{}"').format(marks) if marks else Markup("")


def finding_attributes(facets: Facets, finding: Finding) -> Markup:
    """The attribute for a finding, by its owner and by what it is about."""
    marks = facets.of_finding(finding)
    return Markup(' data-marks="{}"').format(marks) if marks else Markup("")


def anchor(thing: Thing) -> str:
    """The id of its row, the same in every report."""
    return f"{thing.topic}-{short_hash(thing.subject.id)}"


def _numbered(counts: Counter[str]) -> dict[str, int]:
    names = sorted(name for name, _ in counts.most_common(_LISTED))
    return {name: number for number, name in enumerate(names)}


_CODE = re.compile(r"`([^`]+)`")
_ON_THE_MACHINE = tuple(
    f"{program} "
    for program in ("docker", "podman", "nerdctl", "sudo", "rsync", "findmnt", "du", "kubectl")
)
_ELSEWHERE = ("runai ", "advisor ")
_MACHINE = "MACHINE"

Told = TypeVar("Told", Finding, Thing)


@dataclass(frozen=True, kw_only=True)
class Block:
    """Commands for one machine, a line each; `machine` is empty where none is known."""

    machine: str
    text: str


@dataclass(frozen=True, kw_only=True)
class SharedRemedy(Generic[Told]):
    """`text` is the remedy of all `members`; where their commands differ, `…` stands for the part
    that does, and `blocks` have the commands."""

    text: str
    members: tuple[Told, ...]
    blocks: tuple[Block, ...] = ()


def share(
    remedies: Iterable[Told], machine_of: Callable[[Told], str]
) -> tuple[SharedRemedy[Told], ...]:
    """In the order in which the remedies are first met; one without a remedy has an empty text."""
    groups: dict[tuple[str, ...], list[Told]] = {}
    for remedy in remedies:
        groups.setdefault(_shape(remedy, machine_of(remedy)), []).append(remedy)
    return tuple(_shared(members, machine_of) for members in groups.values())


def _shape(thing: Finding | Thing, machine: str) -> tuple[str, ...]:
    """The remedy without its commands and without its machine's name."""
    parts = _CODE.split(unbroken(thing.remedy))
    return tuple(
        ("$" if part.startswith((*_ON_THE_MACHINE, *_ELSEWHERE)) else part)
        if index % 2
        else _without(machine, part)
        for index, part in enumerate(parts)
    )


def _without(machine: str, text: str) -> str:
    name = rf"(?<![\w.-]){re.escape(machine)}(?![\w-]|\.\w)"
    return re.sub(name, _MACHINE, text) if machine else text


def _shared(members: Sequence[Told], machine_of: Callable[[Told], str]) -> SharedRemedy[Told]:
    texts = [unbroken(member.remedy) for member in members]
    if len(set(texts)) == 1:
        return SharedRemedy(text=texts[0], members=tuple(members))
    codes = [_CODE.findall(text) for text in texts]
    differing = [len(set(column)) > 1 for column in zip(*codes, strict=True)]
    parts = list(_shape(members[0], machine_of(members[0])))
    for index, column in enumerate(zip(*codes, strict=True)):
        parts[2 * index + 1] = f"`{_alike(column)}`"
    by_machine: dict[str, dict[str, None]] = {}
    for member, typed in zip(members, codes, strict=True):
        lines = by_machine.setdefault(machine_of(member), {})
        lines.update(
            (code, None)
            for code, differs in zip(typed, differing, strict=True)
            if differs and code.startswith(_ON_THE_MACHINE)
        )
    return SharedRemedy(
        text="".join(parts),
        members=tuple(members),
        blocks=tuple(
            Block(machine=name, text="\n".join(lines))
            for name, lines in by_machine.items()
            if lines
        ),
    )


def _alike(column: Sequence[str]) -> str:
    """`docker diff …` of `docker diff a` and `docker diff b`."""
    words = [text.split(" ") for text in dict.fromkeys(column)]
    if len(words) == 1:
        return column[0]
    shared = takewhile(lambda same: len(set(same)) == 1, zip(*words, strict=False))
    return " ".join([*(same[0] for same in shared), "…"])


def share_things(things: Sequence[Thing]) -> tuple[SharedRemedy[Thing], ...]:
    """Commands are for the first machine that has a thing."""
    return share(things, lambda remedy: next(iter(remedy.machines), ""))


def share_findings(
    findings: Sequence[Finding], facets: Facets
) -> tuple[SharedRemedy[Finding], ...]:
    """Commands are for the machine that a finding is about."""
    return share(findings, facets.machine_of)


def push_blocks(plan: PlanView | None) -> tuple[Block, ...]:
    """What the plan types on each Docker host to push its images."""
    steps = (step for wave in (plan.waves if plan is not None else ()) for step in wave.steps)
    by_host: dict[str, list[str]] = {}
    for step in steps:
        if step.topic == "image" and step.host:
            by_host.setdefault(step.host, []).extend(command.text for command in step.commands)
    return tuple(Block(machine=host, text="\n".join(texts)) for host, texts in by_host.items())
