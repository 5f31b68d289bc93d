"""What the filters of a report offer besides words: owners and machines, by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from markupsafe import Markup

from advisor.facts.record import Record
from advisor.findings.finding import Finding
from advisor.judging.assessment import Assessment, Thing
from advisor.output.overview import PENDING
from advisor.output.plan_step import short_hash

_LISTED = 300


class Facets(Record, frozen=True, kw_only=True):
    """`owners` and `machines` by name with their number; `things` and `hosts` find them again."""

    owners: dict[str, int]
    machines: dict[str, int]
    things: dict[str, Thing]
    hosts: dict[str, str]

    def marks(self, owners: Iterable[str], machines: Iterable[str]) -> str:
        """`o1 o4 m0`: what of the lists belongs to an entry."""
        found = [f"o{self.owners[one]}" for one in dict.fromkeys(owners) if one in self.owners]
        found += [
            f"m{self.machines[one]}" for one in dict.fromkeys(machines) if one in self.machines
        ]
        return " ".join(found)

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


def attributes(found: Facets, owners: Iterable[str], machines: Iterable[str]) -> Markup:
    """The attribute by which a filter finds an entry; empty where nothing of the lists is its."""
    marks = found.marks(owners, machines)
    return Markup(' data-marks="{}"').format(marks) if marks else Markup("")


def finding_attributes(found: Facets, finding: Finding) -> Markup:
    """The same for a finding, by its owner and by what it is about."""
    marks = found.of_finding(finding)
    return Markup(' data-marks="{}"').format(marks) if marks else Markup("")


def anchor(thing: Thing) -> str:
    """The id of its row, the same in every report."""
    return f"{thing.topic}-{short_hash(thing.subject.id)}"


def _numbered(counts: Counter[str]) -> dict[str, int]:
    names = sorted(name for name, _ in counts.most_common(_LISTED))
    return {name: number for number, name in enumerate(names)}
