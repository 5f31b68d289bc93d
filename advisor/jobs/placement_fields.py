"""What placement needs to know of a job, taken from what it runs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from advisor.jobs.run import GpuAsk, Run, RunMount, Whole
from advisor.jobs.spec import BUILT, AcceleratorNeed, JobImage, JobMount, JobSpec, MountKind
from advisor.jobs.word import Word

_PULL_POLICIES = {"always": "Always", "missing": "IfNotPresent", "never": "Never", "build": BUILT}
_DATA: dict[str, MountKind] = {
    "bind": "bind",
    "hostPath": "hostPath",
    "named-volume": "named-volume",
    "anonymous-volume": "anonymous-volume",
    "claim": "claim",
    "nfs": "nfs",
    "network-volume": "network-volume",
}
_ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "armhf": "arm",
    "armel": "arm",
    "i386": "386",
}
_SYSTEMS = frozenset({"linux", "windows", "darwin", "freebsd"})
_ALL = -1


def fill_placement(spec: JobSpec) -> JobSpec:
    """The job with its images, data, resources, devices and architectures set from its `run`.

    A job without one stays as it is. Names that the shell completes stand as they were written.
    """
    run = spec.run
    if run is None:
        return spec
    asked = _amounts(run)
    return msgspec.structs.replace(
        spec,
        images=_images(run),
        mounts=tuple(_mounts(run.mounts)),
        resources={name: amount for name, amount in asked.items() if isinstance(amount, int)},
        open_resources={
            name: amount.text for name, amount in asked.items() if isinstance(amount, Word)
        },
        accelerators=accelerator_needs(run),
        tolerates_gpu_taints=bool(run.gpus),
        architectures=_architectures(run.platform),
        pull_secrets=run.pull_secrets or spec.pull_secrets,
        ignores=spec.ignores,
    )


def _images(run: Run) -> tuple[JobImage, ...]:
    if not run.image.parts:
        return ()
    policy = _PULL_POLICIES.get(run.pull.lower(), "")
    return (JobImage(reference=run.image.text, pull_policy=policy),)


def _mounts(mounts: Iterable[RunMount]) -> Iterable[JobMount]:
    for mount in mounts:
        kind = _DATA.get(mount.kind)
        if kind is not None:
            yield JobMount(
                kind=kind,
                source=mount.source.text,
                target=mount.target.text,
                read_only=mount.read_only,
                kind_detail=(
                    "DirectoryOrCreate" if mount.kind == "hostPath" and mount.create else ""
                ),
            )


def _amounts(run: Run) -> dict[str, Whole]:
    """One pod's requests; a limit stands for a missing request."""
    amounts = {
        "cpu": run.cpu_request or run.cpu_limit,
        "memory": run.memory_request or run.memory_limit,
        **run.extended,
    }
    return {name: amount for name, amount in amounts.items() if amount}


def accelerator_needs(run: Run) -> tuple[AcceleratorNeed, ...]:
    """Several requests for the same kind of device are one need for the sum of them."""
    needs: dict[tuple[str, str], AcceleratorNeed] = {}
    for ask in run.gpus:
        need = _need(ask)
        if need.count == 0:
            continue
        key = (need.resource, need.vendor)
        needs[key] = _together(needs[key], need) if key in needs else need
    return tuple(needs.values())


def _need(ask: GpuAsk) -> AcceleratorNeed:
    return AcceleratorNeed(
        count=_count(ask),
        resource=ask.resource,
        vendor="" if ask.resource else ask.vendor,
        how=ask.how,
        part=bool(ask.count is None and (ask.portion or ask.memory)),
    )


def _count(ask: GpuAsk) -> int | None:
    """None for all, and where it is not known. A share of a GPU needs one that can be shared."""
    if ask.count == _ALL or isinstance(ask.count, Word):
        return None
    if ask.count is None and (ask.portion or ask.memory or ask.mig):
        return 1
    return ask.count if ask.count is not None else len(ask.devices) or None


def _together(first: AcceleratorNeed, second: AcceleratorNeed) -> AcceleratorNeed:
    known = first.count is not None and second.count is not None
    return msgspec.structs.replace(
        first, count=(first.count or 0) + (second.count or 0) if known else None
    )


def _architectures(platform: str) -> tuple[str, ...]:
    """The architecture of `linux/amd64`; none where the platform names a system alone."""
    parts = [part for part in platform.lower().split("/") if part]
    if not parts or (len(parts) == 1 and parts[0] in _SYSTEMS):
        return ()
    name = parts[1] if len(parts) > 1 else parts[0]
    return (_ARCHITECTURES.get(name, name),) if "$" not in name else ()
