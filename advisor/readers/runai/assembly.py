"""What runai's flags say, whatever their version, as a run."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from advisor.facts.quantity import whole, whole_number
from advisor.facts.secrecy import looks_secret
from advisor.facts.workload import Toleration
from advisor.jobs.run import GpuAsk, PortMapping, Run, Security, Variable, Whole
from advisor.jobs.word import (
    Expansion,
    Veil,
    Word,
    from_cluster,
    image_word,
    is_of_pod,
    is_veiled,
    joined,
)
from advisor.readers.runai.flags import DISTRIBUTED, GivenFlags, Occurrence, RunaiFlag, key_values
from advisor.readers.runai.mounts import new_claim, read_mounts

STANDING = frozenset({"workspace", "inference", "inference-distributed", "nim"})
PORTS = ("port", "external-url", "serving-port")
_PULL = {"always": "always", "ifnotpresent": "missing", "never": "never"}
_ENVIRONMENT = ("environment", "environment-variable")
_REFERENCES = {
    "env-secret": (re.compile(r"([^=,]+)=([^=,]+),key=([^=,]+)"), "secret:{}/{}"),
    "env-pod-field-ref": (re.compile(r"([^=,]+)=([^=,]+)"), "field:{}"),
}
"""Variables that the cluster takes from elsewhere: the form of the value, and from where."""
_KEY_OF_SECRET = re.compile(r"SECRET:([^,\s]+),([^,\s]+)")
"""The value of a variable that both versions take from a Secret."""


class Tail:
    """The words that are no flags: the name, and the command behind `--`."""

    def __init__(self, name: Word | None, command: tuple[str, ...]) -> None:
        self.name = name
        self.command = command


def assemble_run(flags: GivenFlags, tail: Tail, command: str, version: int) -> Run:
    """Raises ValueError for a value that has the wrong form."""
    attached = flags.on("attach")
    environment = _environment(flags)
    return Run(
        image=image_word(flags.word("image") or Word()),
        name=flags.word("name") or tail.name,
        pull=_pull(flags),
        environment=environment,
        working_directory=flags.word("working-dir"),
        user=_user(flags),
        groups=tuple(group for group in flags.text("supplemental-groups").split(",") if group),
        interactive=attached or flags.on("stdin"),
        terminal=attached or flags.on("tty"),
        detached=flags.on("tty") and not attached,
        service=command in STANDING or flags.on("interactive") or flags.on("jupyter"),
        restart=flags.text("restart-policy"),
        grace_seconds=flags.seconds("termination-grace-period"),
        mounts=read_mounts(flags, version),
        ports=_ports(flags, version),
        gpus=_gpus(flags),
        extended=_extended(flags),
        large_shared_memory=flags.on("large-shm"),
        security=_security(flags),
        labels=_pairs(flags, "label"),
        annotations=_pairs(flags, "annotation"),
        distributed=command if command in DISTRIBUTED else "",
        project=flags.text("project"),
        pull_secrets=tuple(occurrence.text for occurrence in flags.of("image-pull-secret")),
        **_words(flags, tail, environment),
        **_amounts(flags),
    )


def _words(flags: GivenFlags, tail: Tail, environment: tuple[Variable, ...]) -> dict[str, Any]:
    """The command: behind `--`, or in 1.x by a flag for each word."""
    own = {variable.name for variable in environment}

    def words(texts: Iterable[str]) -> tuple[Word, ...]:
        return tuple(_in_pod(text, flags.veil, own) for text in texts)

    stated = [given.text for given in flags.of("command") if given.flag.value == "text"]
    written = words(stated)
    arguments = words(given.text for given in flags.of("args", "arguments"))
    command = words(tail.command)
    if written or arguments:
        return {"entrypoint": written or None, "arguments": (*arguments, *command)}
    if command and flags.on("command"):
        return {"entrypoint": command[:1], "arguments": command[1:]}
    return {"arguments": command}


def _in_pod(text: str, veil: Veil, own: Collection[str]) -> Word:
    """A word of the command or a value of a variable, which a pod holds as it is: what Kubernetes
    fills in is left to it."""
    return joined(
        inner
        for part in from_cluster(text, lambda name: is_of_pod(name, own))
        for inner in (veil.word(part).parts if isinstance(part, str) else (part,))
    )


def _amounts(flags: GivenFlags) -> dict[str, Any]:
    return {
        "cpu_request": flags.cores("cpu-core-request", "cpu"),
        "cpu_limit": flags.cores("cpu-core-limit", "cpu-limit"),
        "memory_request": flags.size("cpu-memory-request", "memory"),
        "memory_limit": flags.size("cpu-memory-limit", "memory-limit"),
        "workers": flags.integer("workers", "processes"),
        "completions": flags.integer("runs", "completions"),
        "parallelism": flags.integer("parallelism"),
        "backoff_limit": flags.integer("backoff-limit"),
    }


def _pull(flags: GivenFlags) -> str:
    if flags.on("local-image"):
        return "never"
    if flags.on("always-pull-image"):
        return "always"
    stated = flags.text("image-pull-policy")
    return _PULL.get(stated.lower(), stated)


def _environment(flags: GivenFlags) -> tuple[Variable, ...]:
    """The last of a name wins. Without `=` the value of v2's `--environment` names an asset."""
    variables: dict[str, Variable] = {}
    for given in flags.of(*_ENVIRONMENT, *_REFERENCES):
        name, equals, text = given.text.partition("=")
        if given.flag.name in _REFERENCES:
            if (reference := _reference(given)) is not None:
                variables.pop(name, None)
                variables[name] = reference
            continue
        if not equals:
            continue
        value = _in_pod(text, flags.veil, variables)
        name = flags.veil.plain(name)
        variables.pop(name, None)
        if (key := _KEY_OF_SECRET.fullmatch(text)) is not None and not is_veiled(text):
            of_secret = f"secret:{key[1]}/{key[2]}"
            variables[name] = Variable(name=name, secret=True, reference=of_secret)
            continue
        texts = "".join(part for part in value.parts if isinstance(part, str))
        secret = looks_secret(name, texts)
        variables[name] = Variable(name=name, value=value, secret=secret)
    return tuple(variables.values())


def _reference(given: Occurrence) -> Variable | None:
    """A variable from a Secret's key or a field of the pod; None for what the shell decides."""
    form, source = _REFERENCES[given.flag.name]
    match = None if is_veiled(given.text) else form.fullmatch(given.text)
    if match is None:
        return None
    name, *place = match.groups()
    reference = source.format(*place)
    return Variable(name=name, secret=given.flag.name == "env-secret", reference=reference)


def _user(flags: GivenFlags) -> Word | None:
    old = flags.of("run-as-user")
    if old and old[-1].flag.value == "integer":
        uid, gid = flags.last("run-as-user"), flags.last("run-as-group")
    else:
        uid, gid = flags.last("run-as-uid"), flags.last("run-as-gid")
        if uid is None and gid is None:
            return _submitter() if flags.on("run-as-user") else None
    text = (uid or "") + (f":{gid}" if gid is not None else "")
    return flags.veil.word(text)


def _submitter() -> Word:
    return joined(
        (
            Expansion(source="$(id -u)", kind="command", quoted=True),
            ":",
            Expansion(source="$(id -g)", kind="command", quoted=True),
        )
    )


def _gpus(flags: GivenFlags) -> tuple[GpuAsk, ...]:
    kind = flags.text("gpu-request-type").lower()
    portion = flags.fraction("gpu-portion-request")
    memory = flags.size("gpu-memory-request", "gpu-memory")
    count = flags.fraction("gpu-devices-request", "gpu")
    if isinstance(memory, int) and kind in ("", "memory"):
        return (GpuAsk(how="resource", memory=memory),)
    if isinstance(portion, Decimal) and kind in ("", "portion") and portion < 1:
        return (GpuAsk(how="resource", portion=float(portion)),)
    if portion == 1 and count is None:
        count = portion
    if flags.last("mig") or flags.last("mig-profile"):
        return (GpuAsk(how="resource", mig=flags.text("mig", "mig-profile")),)
    if count is None:
        return ()
    if isinstance(count, Word):
        return (GpuAsk(how="resource", count=count),)
    if count % 1:
        return (GpuAsk(how="resource", portion=float(count)),)
    return (GpuAsk(how="resource", count=int(count)),) if count else ()


def _extended(flags: GivenFlags) -> dict[str, Whole]:
    split = (occurrence.text.partition("=") for occurrence in flags.of("extended-resource"))
    return {
        flags.veil.plain(name): flags.veil.word(amount) if is_veiled(amount) else whole(amount)
        for name, _, amount in split
    }


def _pairs(flags: GivenFlags, name: str) -> dict[str, str]:
    split = (flags.veil.plain(occurrence.text).partition("=") for occurrence in flags.of(name))
    return {key: value for key, _, value in split}


def _security(flags: GivenFlags) -> Security:
    capabilities = (occurrence.text for occurrence in flags.of("capability", "add-capability"))
    names = (flags.veil.plain(text.upper().removeprefix("CAP_")) for text in capabilities)
    return Security(
        privileged=flags.on("privileged"),
        capabilities_added=tuple(dict.fromkeys(names)),
        host_network=flags.on("host-network"),
        host_ipc=flags.on("host-ipc"),
        no_new_privileges=flags.on("prevent-privilege-escalation"),
        seccomp=flags.text("seccomp-profile"),
    )


def _ports(flags: GivenFlags, version: int) -> tuple[PortMapping, ...]:
    ports = [read_port(given.text, flags.veil, version) for given in flags.of(*PORTS)]
    kind = _FIRST_SERVICES.get(flags.text("service-type").lower(), "")
    return tuple(replace(port, service=port.service or kind) for port in ports)


_FIRST_SERVICES = {"nodeport": "NodePort", "loadbalancer": "LoadBalancer"}


def read_port(text: str, veil: Veil, version: int) -> PortMapping:
    """One port as `--port` or `--external-url` names it. Raises ValueError."""
    if version == 1:
        outside, _, inside = text.rpartition(":")
        return PortMapping(container=_port(inside, veil), host=_port(outside or inside, veil))
    keys = {"container": text} if text.isdecimal() else key_values(text)
    if "container" not in keys and is_veiled(text) and "=" not in text:
        return PortMapping(container=veil.word(text))
    outside = keys.get("external", "")
    return PortMapping(
        container=_port(keys.get("container", ""), veil),
        host=_port(outside, veil) if outside else None,
        service=veil.plain(keys.get("service-type", "")),
    )


def _port(text: str, veil: Veil) -> Whole:
    if is_veiled(text) and not {"=", ","} & set(text):
        return veil.word(text)
    number = whole_number(text, most=2**16 - 1)
    if not number:
        raise ValueError(f"{text!r} is not a port")
    return number


def read_tolerations(flags: GivenFlags) -> tuple[Toleration, ...]:
    """The tolerations of the `--toleration` flags."""
    keys = [key_values(flags.veil.plain(occurrence.text)) for occurrence in flags.of("toleration")]
    return tuple(
        Toleration(
            key=pairs.get("key", ""),
            operator=pairs.get("operator", "Equal"),
            value=pairs.get("value", ""),
            effect=pairs.get("effect", ""),
        )
        for pairs in keys
    )


def read_options(flags: GivenFlags) -> tuple[tuple[str, Word], ...]:
    """Flags that no field holds, and shares of a GPU that the shell decides."""
    return tuple((name, value) for _, name, value in carried_options(flags))


def carried_options(flags: GivenFlags) -> list[tuple[Occurrence, str, Word]]:
    """The options of `read_options`, each with the occurrence of the flag it comes from."""
    options: list[tuple[Occurrence, str, Word]] = []
    shares = flags.of("gpu-portion-request", "gpu-memory-request")
    is_open = any(is_veiled(share.text) for share in shares)
    for occurrence in flags.occurrences:
        name = occurrence.flag.alias or occurrence.flag.name
        if name == "pvc" and new_claim(occurrence.text):
            options.append((occurrence, "pvc-new", flags.veil.word(new_claim(occurrence.text))))
        elif _is_carried(occurrence, name) or (name == "gpu-request-type" and is_open):
            options.append((occurrence, name, flags.veil.word(occurrence.text)))
    return options


def is_client_s(flag: RunaiFlag) -> bool:
    """Whether a flag concerns the command itself and not the job."""
    return flag.name in _OF_CLIENT


_COUNTS = frozenset({"gpu", "gpu-devices-request", "mig", "mig-profile"})
_OF_CLIENT = frozenset(
    {"help", "debug", "quiet", "verbose", "loglevel", "config-file", "config-path", "dry-run"}
)


def _is_carried(occurrence: Occurrence, name: str) -> bool:
    field, text = occurrence.flag.field, occurrence.text
    if name in _OF_CLIENT:
        return False
    if name in _REFERENCES:
        return _reference(occurrence) is None
    if field == "environment":
        return "=" not in text
    share = field == "gpus" and name not in _COUNTS and is_veiled(text)
    return not field or name == "jupyter" or share
