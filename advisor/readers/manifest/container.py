"""What a container asks for and what a server would refuse of that, and its volume mounts as mounts
of a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from advisor.catalogs import load_catalog
from advisor.catalogs.accelerators import AcceleratorCatalog, Entry, resource_class
from advisor.facts.quantity import fraction, parse_quantity, whole_number
from advisor.jobs.run import SHARED_MEMORY, GpuAsk, RunMount, Variable, Whole
from advisor.jobs.word import word
from advisor.jobs.workload import is_extended
from advisor.readers.docker_run.gpus import device_asks, visible_devices
from advisor.readers.gpu_evidence import evidence_table
from advisor.readers.manifest.shape import (
    Body,
    cores,
    entries,
    mapping,
    once_for_each_content,
    quantity,
    text,
    texts,
)
from advisor.readers.manifest.words import amount_or_word

_MIB = 2**20
_SLICE = "mig-"


def read_amounts(container: Body) -> dict[str, Any]:
    """Fields of Run for CPU, memory, GPUs and other devices."""
    return _of_resources(mapping(container, "resources"))


@once_for_each_content
def _of_resources(resources: Body) -> dict[str, Any]:
    limits = mapping(resources, "limits")
    requests = mapping(resources, "requests")
    extended = {
        name: amount
        for name, stated in {**requests, **limits}.items()
        if is_extended(name) and (amount := amount_or_word(stated)) is not None
    }
    devices = sorted(filter(vendor_of, extended), key=_is_slice)[:1]
    return {
        "cpu_limit": amount_or_word(limits.get("cpu"), cores),
        "cpu_request": amount_or_word(requests.get("cpu"), cores),
        "layer_size": amount_or_word(limits.get("ephemeral-storage")),
        "memory_limit": amount_or_word(limits.get("memory")),
        "memory_request": amount_or_word(requests.get("memory")),
        "gpus": tuple(_ask(name, extended[name]) for name in devices),
        "extended": {name: n for name, n in extended.items() if name not in devices},
    }


def vendor_of(resource: str) -> str:
    """Whose accelerator a unit of the resource is; empty for amounts and all other things."""
    resource_entry = resource_class(_catalog(), resource)
    return resource_entry.vendor if isinstance(resource_entry, Entry) else ""


@cache
def _catalog() -> AcceleratorCatalog:
    return load_catalog("accelerators", AcceleratorCatalog)


def _is_slice(resource: str) -> bool:
    return resource.partition("/")[2].startswith(_SLICE)


def share_of_gpu(annotations: Body) -> tuple[GpuAsk, ...]:
    """A part of a GPU, as Run:ai's annotations ask for it."""
    portion, memory = text(annotations, "gpu-fraction"), text(annotations, "gpu-memory")
    share, mebibytes = fraction(portion), whole_number(memory, most=2**40)
    if portion:
        return () if share is None else (GpuAsk(how="annotation", portion=share),)
    return () if mebibytes is None else (GpuAsk(how="annotation", memory=mebibytes * _MIB),)


CDI = "cdi.k8s.io/"
"""Annotations with this prefix have the container runtime hand devices out, by CDI names."""


def unscheduled_gpus(
    annotations: Body, runtime_class: str, variables: Iterable[Variable]
) -> tuple[GpuAsk, ...]:
    """GPUs that a pod is given without asking the scheduler for a device: a part of one, those of
    its CDI annotations, or those that a runtime gives by NVIDIA_VISIBLE_DEVICES, which the images
    that are made for them set."""
    if share := share_of_gpu(annotations):
        return share
    stated = [text(annotations, key) for key in annotations if key.startswith(CDI)]
    asks, _ = device_asks([name.strip() for names in stated for name in names.split(",")])
    if asks:
        return asks
    named = {variable.name: variable for variable in variables if variable.value is not None}
    runtime = evidence_table().device_runtime(runtime_class, named)
    if runtime is None:
        return ()
    variable = named.get(runtime.variable)
    value = variable.value.literal if variable and variable.value else "all"
    ask = visible_devices(value, vendor=runtime.vendor) if value is not None else None
    return (ask,) if ask is not None else ()


def _ask(resource: str, count: Whole) -> GpuAsk:
    name = resource.partition("/")[2]
    return GpuAsk(
        how="resource",
        count=count,
        vendor=vendor_of(resource),
        resource=resource,
        mig=name.removeprefix(_SLICE) if _is_slice(resource) else "",
    )


_NAMED = {"configMap": "ConfigMap", "secret": "Secret"}
_CONFIGURATION = frozenset({"configMap", "secret", "projected", "downwardAPI", "image"})


_LOWER_UNIT = re.compile(r"([\d.]+)\s*([gmtkp])b?|([\d.]+)\s*([GMTKP])(?:B|iB)", re.ASCII)
_HUGE = "hugepages-"
_OWN = frozenset({"cpu", "memory", "ephemeral-storage"})


def refused_amounts(resources: Body) -> Iterator[tuple[str, str]]:
    """What an API server would refuse of `resources`: the path from the container, and why."""
    amounts: dict[tuple[str, str], Decimal] = {}
    for part in ("limits", "requests"):
        for name, stated in mapping(resources, part).items():
            where = f".resources.{part}{_step(name)}"
            try:
                if isinstance(stated, bool) or stated is None:
                    raise ValueError
                amount = parse_quantity(stated)
            except ValueError:
                shown = "nothing" if stated is None else stated
                yield where, f"{shown} is no quantity{meant_amount(str(stated))}"
                continue
            amounts[part, name] = amount
            if amount < 0:
                yield where, f"{stated} is below zero"
            elif name.startswith(_HUGE) and amount % _page(name):
                yield where, f"{stated} is no multiple of {name.removeprefix(_HUGE)}"
            elif is_extended(name) and amount % 1:
                yield where, f"{stated} is no whole number, and devices are whole"
            if name not in _OWN and "/" not in name and not name.startswith(_HUGE):
                yield where, f"{name} is no resource: one of a device plugin is DOMAIN/NAME"
    for (part, name), amount in amounts.items():
        limit = amounts.get(("limits", name))
        if part == "requests" and limit is not None and amount > limit:
            yield f".resources.requests{_step(name)}", "it is more than the limit"
        elif part == "requests" and not _may_differ(name) and limit != amount:
            what = "a limit of the same number is needed: devices cannot be overcommitted"
            yield f".resources.limits{_step(name)}", what


def _page(name: str) -> Decimal:
    """The size of a huge page, by the name of its resource."""
    try:
        return parse_quantity(name.removeprefix(_HUGE)) or Decimal(1)
    except ValueError:
        return Decimal(1)


def _may_differ(name: str) -> bool:
    return name in _OWN or name.startswith("kubernetes.io/") or ("/" not in name and name != "gpu")


def _step(name: str) -> str:
    return f'["{name}"]' if "/" in name or "." in name else f".{name}"


def meant_amount(stated: str) -> str:
    """What may have been meant by a spelling of other tools."""
    match = _LOWER_UNIT.fullmatch(stated.strip())
    if match is None:
        return ""
    number, unit = match[1] or match[3], (match[2] or match[4]).upper()
    return f": write {number}{unit if unit != 'K' else 'k'} or {number}{unit}i"


class ReadMounts(msgspec.Struct, frozen=True, kw_only=True):
    """The mounts, and what was mounted on /dev/shm: its size, or that it has none. `new_claims` are
    claims made for the pod, as the value of runai's `--new-pvc`."""

    mounts: tuple[RunMount, ...]
    new_claims: tuple[str, ...] = ()
    shared_memory: int | None = None
    large_shared_memory: bool = False


def read_mounts(spec: Body, container: Body, claims: list[Body] | None = None) -> ReadMounts:
    """Every mount whose volume the pod has, or that one of the object's `claims` makes; one without
    is what a controller adds."""
    return _of_volumes(entries(spec, "volumes"), entries(container, "volumeMounts"), claims or [])


@once_for_each_content
def _of_volumes(stated: list[Body], wanted: list[Body], claims: list[Body]) -> ReadMounts:
    volumes = {text(volume, "name"): volume for volume in stated}
    made = {text(mapping(claim, "metadata"), "name"): mapping(claim, "spec") for claim in claims}
    mounts, shared, new_claims = [], None, []
    for mount in wanted:
        name = text(mount, "name")
        volume = volumes.get(name)
        if volume is None:
            new_claims += [_new_claim(name, made[name], mount)] if name in made else []
            continue
        own = mapping(volume, "ephemeral", "volumeClaimTemplate", "spec")
        if own:
            new_claims.append(f"{_new_claim(name, own, mount)},ephemeral")
        elif is_shared_memory(mount, volume):
            shared = mapping(volume, "emptyDir")
        else:
            mounts.append(_mount(mount, volume))
    size = quantity(shared.get("sizeLimit")) if shared is not None else None
    return ReadMounts(
        mounts=tuple(mounts),
        new_claims=tuple(new_claims),
        shared_memory=size,
        large_shared_memory=shared is not None and size is None,
    )


def _new_claim(name: str, claim: Body, mount: Body) -> str:
    """The value of runai's `--new-pvc` that makes a claim like this one."""
    modes = [_MODES[mode] for mode in texts(claim, "accessModes") if mode in _MODES]
    pairs = (
        ("claimname", name),
        ("storageclass", text(claim, "storageClassName")),
        ("size", text(mapping(claim, "resources", "requests"), "storage")),
        ("path", text(mount, "mountPath")),
    )
    words = [f"{key}={value}" for key, value in pairs if value]
    return ",".join([*words, *modes, *(["ro"] if mount.get("readOnly") is True else [])])


_MODES = {
    "ReadWriteOnce": "accessmode-rwo",
    "ReadOnlyMany": "accessmode-rom",
    "ReadWriteMany": "accessmode-rwm",
}


def is_shared_memory(mount: Body, volume: Body) -> bool:
    """Whether a mount is a memory-backed directory on /dev/shm."""
    memory = mapping(volume, "emptyDir").get("medium") == "Memory"
    return memory and text(mount, "mountPath").rstrip("/") == SHARED_MEMORY


def _mount(mount: Body, volume: Body) -> RunMount:
    kind = next((key for key, body in volume.items() if key != "name" and body is not None), "")
    fields = _KINDS.get(kind, _other)(kind, mapping(volume, kind))
    source = word(text(volume, "name") if fields["kind"] in _KNOWN_BY_NAME else "")
    below = (text(mount, "subPath") or text(mount, "subPathExpr")).strip("/")
    if below and fields["kind"] in _PATHS and "$" not in below:
        source, below = word(f"{fields['source'].text.rstrip('/')}/{below}"), ""
        fields = {**fields, "source": source}
    return RunMount(
        target=word(text(mount, "mountPath")),
        read_only=mount.get("readOnly") is True or mapping(volume, kind).get("readOnly") is True,
        propagation=text(mount, "mountPropagation").replace("None", ""),
        options=tuple(_without_flag(mount, mapping(volume, kind))),
        sub_path=below,
        **{"source": source, **fields},
    )


def _without_flag(mount: Body, body: Body) -> Iterator[str]:
    """What a mount and its ConfigMap or Secret say that no flag does: files of other names or
    rights, and that it may be missing."""
    if text(mount, "recursiveReadOnly") not in ("", "Disabled"):
        yield f"recursiveReadOnly {text(mount, 'recursiveReadOnly')}"
    for item in entries(body, "items"):
        if text(item, "key"):
            yield f"key {text(item, 'key')} as file {text(item, 'path')}"
    if text(body, "medium") not in ("", "Memory"):
        yield f"medium {text(body, 'medium')}"
    mode = body.get("defaultMode")
    if isinstance(mode, int) and mode != _USUAL_MODE:
        yield f"defaultMode {mode:04o}"
    if body.get("optional") is True:
        yield "optional"


_USUAL_MODE = 0o644
_PATHS = frozenset({"hostPath", "nfs"})
"""Volumes whose source is a path, so that a subpath is a part of it."""
_KNOWN_BY_NAME = frozenset({"network-volume"})


def _host_path(_: str, body: Body) -> dict[str, Any]:
    create = text(body, "type").endswith("OrCreate")
    return {"kind": "hostPath", "source": word(text(body, "path")), "create": create}


def _claim(_: str, body: Body) -> dict[str, Any]:
    return {"kind": "claim", "source": word(text(body, "claimName"))}


def _nfs(_: str, body: Body) -> dict[str, Any]:
    return {"kind": "nfs", "source": word(f"{text(body, 'server')}:{text(body, 'path')}")}


def _scratch(_: str, body: Body) -> dict[str, Any]:
    kind = "tmpfs" if body.get("medium") == "Memory" else "empty"
    return {"kind": kind, "size": quantity(body.get("sizeLimit"))}


def _other(kind: str, body: Body) -> dict[str, Any]:
    """Configuration, or storage on the network of a kind that Docker does not know."""
    if not kind:
        return {"kind": "anonymous-volume"}
    if kind in _CONFIGURATION:
        kind, body = _lone_source(kind, body)
        name = text(body, "name") or text(body, "secretName") or text(body, "reference")
        return {"kind": "config", "source": word(f"{_NAMED.get(kind, kind)}/{name or kind}")}
    return {"kind": "network-volume", "driver": text(body, "driver") or kind}


def _lone_source(kind: str, body: Body) -> tuple[str, Body]:
    """A projected volume of one ConfigMap or Secret is that one."""
    sources = entries(body, "sources") if kind == "projected" else []
    if len(sources) == 1:
        for name in _NAMED:
            if name in sources[0]:
                return name, mapping(sources[0], name)
    return kind, body


_KINDS: dict[str, Callable[[str, Body], dict[str, Any]]] = {
    "hostPath": _host_path,
    "persistentVolumeClaim": _claim,
    "nfs": _nfs,
    "emptyDir": _scratch,
}
