"""Every word of the command as an item of the ledger, secrets taken out, with the parts of the run
that a flag sets, or why it sets none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from advisor.facts.secrecy import MARK, looks_secret, redact_text, redact_words
from advisor.facts.secret_shapes import has_secret_shape
from advisor.findings.finding import Place
from advisor.jobs.ledger import Item, Origin, Part, mount_part, port_part
from advisor.jobs.numbers import FALSE, TRUE
from advisor.jobs.run import Run
from advisor.jobs.word import Veil, Word, is_veiled
from advisor.readers.docker_run.assembly import host_entry
from advisor.readers.docker_run.command import Command
from advisor.readers.docker_run.environment import FileContents, file_labels
from advisor.readers.docker_run.flags import GivenFlags, Occurrence
from advisor.readers.docker_run.mounts import read_mount
from advisor.readers.docker_run.ports import parse_expose, parse_publish
from advisor.readers.docker_run.rights import LAST_COUNTS, read_network, security_option
from advisor.readers.gpu_evidence import evidence_table

_LIMITS = frozenset(
    {"memory", "memory-reservation", "cpus", "cpu-shares", "cpu-quota", "cpu-period"}
)
"""Flags of which docker takes a zero for none; a negative quota is none too."""
_OWN_SPACES = {"pid": "host_pid", "ipc": "host_ipc"}


class Provenance:
    """The flags of one command against the run that was made of them."""

    def __init__(
        self, given: GivenFlags, command: Command, run: Run, contents: FileContents
    ) -> None:
        self._given = given
        self._plain = given.veil.plain
        self._command = command
        self._run = run
        self._contents = contents
        self._by_runtime = any(ask.how == "runtime" for ask in run.gpus)
        self._gpu_devices = {device for ask in run.gpus for device in ask.devices}
        self._networks = given.all("network")
        self._security = dict(map(security_option, given.texts("security-opt")))
        self._unread = {file.text for file in run.environment_files}
        self._filed: dict[str, list[Part]] = {}
        for variable in run.environment:
            self._filed.setdefault(variable.file, []).append(("environment", variable.name))
        self._last = {occurrence.flag.canonical: occurrence for occurrence in given.occurrences}

    def program(self) -> Origin:
        """The words that start the program: nvidia-docker gives GPUs unasked."""
        if self._command.program == "nvidia-docker" and self._by_runtime:
            return Origin((("gpus",),))
        if self._command.verb == "create":
            return Origin((("created",),))
        return Origin(idle="program")

    def flag(self, occurrence: Occurrence) -> Origin:
        """One occurrence of a flag."""
        flag, field = occurrence.flag, occurrence.flag.field
        if field == "client":
            return Origin(idle="client")
        if flag.scope != "global" and not flag.repeatable:
            if self._last[flag.canonical] is not occurrence:
                return Origin(idle="overruled")
            if idle := self._idle(occurrence):
                return Origin(idle=idle)
        finder = _FINDERS.get(flag.canonical[2:])
        parts = finder(self, occurrence.text) if finder is not None else ((field,),)
        if isinstance(parts, Origin):
            return parts
        is_open = flag.value == "bool" and is_veiled(occurrence.text)
        return Origin(tuple(dict.fromkeys((*parts, *((("unknown_switch",),) if is_open else ())))))

    def _idle(self, occurrence: Occurrence) -> str:
        """Why a value says nothing: one that is off, empty, or no limit."""
        flag, text = occurrence.flag, occurrence.text
        if flag.value == "bool" and not is_veiled(text):
            usual = TRUE if flag.default else FALSE
            return ("usual" if flag.default else "off") if text in usual else ""
        if text == "" and flag.name != "entrypoint":
            return "empty"
        name = flag.canonical[2:]
        if name == "cpu-period" and self._given.last("cpu-quota") is None:
            return "period-alone"
        known = name in _LIMITS and not is_veiled(text)
        return "no-limit" if known and getattr(self._run, flag.field) is None else ""

    def _of_health(self, text: str) -> Iterable[Part]:
        """The health check that a flag changes: the run's own, else that of the image."""
        health = self._run.health
        if health is not None and not health.command and text == "none":
            return (("no_healthcheck",),)
        return (("health",),) if health is not None and health.command else (("image_health",),)

    def _of_start(self, text: str) -> Iterable[Part]:
        """How often a check is made while starting, which no run has a field for."""
        return [
            ("health_start_interval",) if part == ("health",) else part
            for part in self._of_health(text)
        ]

    def _check_off(self, _: str) -> Iterable[Part]:
        return (("no_healthcheck",),)

    def _variable(self, text: str) -> Iterable[Part]:
        name = self._plain(text.partition("=")[0])
        yield "environment", name
        if name.endswith("_VISIBLE_DEVICES") and self._by_runtime:
            yield ("gpus",)

    def _variables(self, text: str) -> Iterable[Part] | Origin:
        file = self._plain(text)
        if file in self._unread:
            return (("environment_files", file),)
        return self._filed.get(file) or Origin(idle="no-variables")

    def _labels(self, text: str) -> Iterable[Part] | Origin:
        file = self._plain(text)
        names = file_labels(self._contents, file)
        if names is None:
            return (("label_files",),)
        return [("labels", name) for name in names] or Origin(idle="no-variables")

    def _mount(self, text: str, name: str) -> Iterable[Part]:
        mount = read_mount(name, text, self._given.veil, "", self._command.engine)
        return (mount_part(mount),) if mount is not None else (("engine_mount",),)

    def _published(self, text: str) -> Iterable[Part]:
        return [port_part(port) for port in parse_publish(text, self._given.veil.word)]

    def _exposed(self, text: str) -> Iterable[Part]:
        return [port_part(port) for port in parse_expose(text, self._given.veil.word)]

    def _device(self, text: str) -> Iterable[Part]:
        plain = self._plain(text)
        if plain in self._gpu_devices:
            return (("gpus",),)
        own: Part = ("devices", plain)
        return (own, ("unknown_device",)) if is_veiled(text) else (own,)

    def _runtime(self, text: str) -> Iterable[Part] | Origin:
        if evidence_table().device_runtime(text, ()) is not None:
            if self._by_runtime:
                return (("gpus",),)
            return Origin(idle="gpus-by-number" if self._run.gpus else "no-devices")
        return (("runtime",),)

    def _network(self, text: str) -> Iterable[Part]:
        first = self._networks[0] == text
        host = first and read_network(text).name == "host"
        return (("host_network",),) if host else (("network",),)

    def _space(self, text: str, name: str) -> Iterable[Part]:
        return ((_OWN_SPACES[name],),) if text == "host" else ((name,),)

    def _security_option(self, text: str) -> Iterable[Part] | Origin:
        name, value = security_option(self._plain(text))
        if name not in LAST_COUNTS:
            return (("security_options",),)
        if value != self._security[name]:
            return Origin(idle="overruled")
        if name == "seccomp":
            return (("seccomp",),)
        if is_veiled(text):
            return (("no_new_privileges",), ("unknown_switch",))
        return Origin(idle="off") if value in FALSE else (("no_new_privileges",),)

    def _capability(self, text: str, field: str) -> Iterable[Part]:
        return ((field, self._plain(text.strip().upper().removeprefix("CAP_"))),)

    def _pair(self, text: str, field: str) -> Iterable[Part]:
        return ((field, self._plain(text.partition("=")[0])),)

    def _text(self, text: str, field: str) -> Iterable[Part]:
        return ((field, self._plain(text)),)

    def _host(self, text: str) -> Iterable[Part]:
        return (("host_entries", host_entry(self._plain(text))),)

    def _layer(self, text: str) -> Iterable[Part]:
        return (("layer_size",),) if text.startswith("size=") else (("storage_opt",),)


_Finder = Callable[[Provenance, str], "Iterable[Part] | Origin"]


def _with(method: Callable[[Provenance, str, str], Iterable[Part]], name: str) -> _Finder:
    return lambda provenance, text: method(provenance, text, name)


_FINDERS: dict[str, _Finder] = {
    **dict.fromkeys(
        ("health-cmd", "health-interval", "health-retries", "health-timeout"), Provenance._of_health
    ),
    "health-start-period": Provenance._of_health,
    "health-start-interval": Provenance._of_start,
    "no-healthcheck": Provenance._check_off,
    "env": Provenance._variable,
    "env-file": Provenance._variables,
    "label-file": Provenance._labels,
    **{name: _with(Provenance._mount, name) for name in ("volume", "mount", "tmpfs")},
    "publish": Provenance._published,
    "expose": Provenance._exposed,
    "device": Provenance._device,
    "runtime": Provenance._runtime,
    "network": Provenance._network,
    **{name: _with(Provenance._space, name) for name in _OWN_SPACES},
    "security-opt": Provenance._security_option,
    "cap-add": _with(Provenance._capability, "capabilities_added"),
    "cap-drop": _with(Provenance._capability, "capabilities_dropped"),
    "label": _with(Provenance._pair, "labels"),
    "annotation": _with(Provenance._pair, "annotations"),
    "sysctl": _with(Provenance._pair, "sysctls"),
    "group-add": _with(Provenance._text, "groups"),
    "dns": _with(Provenance._text, "name_servers"),
    "dns-search": _with(Provenance._text, "search_domains"),
    "dns-option": _with(Provenance._text, "resolver_options"),
    "add-host": Provenance._host,
    "storage-opt": Provenance._layer,
}


_PAIRS = frozenset({"env", "label", "annotation", "log-opt", "storage-opt", "sysctl"})
IMAGE, COMMAND, OPTIONS = "IMAGE", "COMMAND", "OPTIONS"
_PARTS: dict[str, Part] = {
    IMAGE: ("image",),
    COMMAND: ("arguments",),
    OPTIONS: ("unknown_options",),
}


class ItemMaker:
    """Makes items that know their place; `positions` may be fewer than the words."""

    def __init__(self, veil: Veil, place: Place | None, positions: Sequence[Place]) -> None:
        self._veil = veil
        self._place = place
        self._positions = positions

    def place(self, number: int) -> Place | None:
        """Where a word stands, or the command where that is not known."""
        return self._positions[number] if number < len(self._positions) else self._place

    def program(self, command: Command, origin: Origin) -> Item:
        """The words that start the program, whatever is in front of it."""
        words = [self._veil.plain(self._veil.texts[number]) for number in command.words]
        return Item(
            name=f"{command.program} {command.verb}",
            written=" ".join(redact_words(words)[0]),
            place=self.place(command.words[0]),
            words=command.words,
            sets=origin.sets,
            idle=origin.idle,
        )

    def flag(self, occurrence: Occurrence, origin: Origin) -> Item:
        """One occurrence of a flag; a bare boolean one has no value."""
        word = self._veil.word(occurrence.text)
        return Item(
            name=occurrence.flag.canonical,
            written=occurrence.written,
            value=""
            if occurrence.bare
            else redacted(occurrence.flag.alias or occurrence.flag.name, word),
            place=self.place(occurrence.words[0]),
            words=occurrence.words,
            expansions=word.expansions,
            sets=origin.sets,
            idle=origin.idle,
        )

    def words(self, name: str, numbers: Iterable[int]) -> Item:
        """Words that are no flag: the image, the command, what the shell puts in."""
        covered = tuple(numbers)
        words = [self._veil.word(self._veil.texts[number]) for number in covered]
        texts = [word.text for word in words]
        if name == IMAGE:
            texts = [redact_text(texts[-1])[0]]
        return Item(
            name=name,
            value=" ".join(redact_words(texts)[0]),
            place=self.place(covered[-1 if name == IMAGE else 0]),
            words=covered,
            expansions=tuple(expansion for word in words for expansion in word.expansions),
            sets=(_PARTS[name],),
        )


def redacted(name: str, value: Word) -> str:
    """A flag's value without its secrets; references such as `$TOKEN` stay."""
    text = value.text
    if name not in _PAIRS:
        return redact_text(text)[0]
    key, equals, rest = text.partition("=")
    literal = "".join(part for part in value.parts if isinstance(part, str)).partition("=")[2]
    if not equals or not literal:
        return MARK if has_secret_shape(text) else text
    if looks_secret(key, rest):
        return f"{key}={MARK}"
    return f"{key}={redact_text(rest)[0]}"
