"""Which parts of the run each flag of runai sets, or why it sets none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from advisor.jobs.ledger import Origin, Part, mount_part, port_part
from advisor.jobs.numbers import FALSE
from advisor.jobs.run import Run
from advisor.jobs.word import is_veiled
from advisor.readers.runai.assembly import (
    PORTS,
    carried_options,
    is_client_s,
    read_port,
    read_tolerations,
)
from advisor.readers.runai.flags import GivenFlags, Occurrence
from advisor.readers.runai.mounts import read_mount


class Provenance:
    """The flags of one command against the run that was made of them."""

    def __init__(self, flags: GivenFlags, run: Run, version: int) -> None:
        self._flags = flags
        self._run = run
        self._version = version
        self._options = {
            id(occurrence): str(number)
            for number, (occurrence, _, _) in enumerate(carried_options(flags))
        }
        self._last = {occurrence.flag.canonical: occurrence for occurrence in flags.occurrences}

    def name(self) -> Origin:
        """The word that is the job's name."""
        return Origin((("name",),))

    def command(self) -> Origin:
        """The words behind `--`; their first may be the entrypoint."""
        if self._run.entrypoint and not self._run.arguments:
            return Origin((("entrypoint",),))
        starts = self._run.entrypoint and self._flags.last("command") is not None
        return Origin((*((("entrypoint",),) if starts else ()), ("arguments",)))

    def flag(self, occurrence: Occurrence) -> Origin:
        """One occurrence of a flag."""
        flag = occurrence.flag
        if is_client_s(flag):
            return Origin(idle="client")
        if not flag.repeatable and self._last[flag.canonical] is not occurrence:
            return Origin(idle="overruled")
        if id(occurrence) in self._options:
            option: Part = ("options", self._options[id(occurrence)])
            if flag.name == "serving-port":
                return Origin((option, *self._ports(occurrence)))
            return Origin((("kind",), option) if flag.field == "kind" else (option,))
        if flag.value == "bool" and occurrence.text in FALSE:
            return Origin(idle="off")
        if flag.field == "gpus" and not self._run.gpus:
            return Origin(idle="no-devices")
        finder = _FINDERS.get(flag.field)
        parts = tuple(finder(self, occurrence)) if finder is not None else ((flag.field,),)
        if flag.value == "bool" and is_veiled(occurrence.text):
            parts = (*parts, ("unknown_switch",))
        return Origin(tuple(dict.fromkeys(parts))) if parts else Origin(idle="unused")

    def _attach(self, _: Occurrence) -> Iterable[Part]:
        return (("interactive",), ("terminal",))

    def _terminal(self, _: Occurrence) -> Iterable[Part]:
        """Without `--attach` nobody waits at it."""
        return (("terminal",), *((("detached",),) if self._run.detached else ()))

    def _mounts(self, occurrence: Occurrence) -> Iterable[Part]:
        if occurrence.flag.canonical == "--nfs-server":
            return [mount_part(mount) for mount in self._run.mounts if mount.kind == "nfs"]
        server = self._flags.text("nfs-server")
        mount = read_mount(occurrence, self._flags.veil, self._version, server)
        return (mount_part(mount),) if mount is not None else ()

    def _ports(self, occurrence: Occurrence) -> Iterable[Part]:
        if occurrence.flag.name in PORTS:
            return (port_part(read_port(occurrence.text, self._flags.veil, self._version)),)
        return map(port_part, self._run.ports)

    def _pairs(self, occurrence: Occurrence) -> Iterable[Part]:
        return ((occurrence.flag.field, self._flags.veil.plain(occurrence.text.partition("=")[0])),)

    def _groups(self, _: Occurrence) -> Iterable[Part]:
        return [("groups", group) for group in self._run.groups]

    def _capability(self, occurrence: Occurrence) -> Iterable[Part]:
        name = occurrence.text.upper().removeprefix("CAP_")
        return ((occurrence.flag.field, self._flags.veil.plain(name)),)

    def _toleration(self, occurrence: Occurrence) -> Iterable[Part]:
        (toleration,) = read_tolerations(GivenFlags(self._flags.veil, (occurrence,)))
        return (("tolerations", toleration.key),)

    def _entrypoint(self, _: Occurrence) -> Iterable[Part]:
        """The switch of today, or one word of 1.x."""
        return (("entrypoint",),) if self._run.entrypoint else ()


_FINDERS: dict[str, Callable[[Provenance, Occurrence], Iterable[Part]]] = {
    "attach": Provenance._attach,
    "terminal": Provenance._terminal,
    "mounts": Provenance._mounts,
    "ports": Provenance._ports,
    "environment": Provenance._pairs,
    "labels": Provenance._pairs,
    "annotations": Provenance._pairs,
    "extended": Provenance._pairs,
    "groups": Provenance._groups,
    "capabilities_added": Provenance._capability,
    "tolerations": Provenance._toleration,
    "entrypoint": Provenance._entrypoint,
}
