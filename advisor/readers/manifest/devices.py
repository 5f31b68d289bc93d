"""Amounts and devices that a container asks for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from advisor.catalogs import load_catalog
from advisor.catalogs.accelerators import AcceleratorCatalog, Entry, resource_class
from advisor.facts.quantity import fraction, whole_number
from advisor.jobs.run import GpuAsk, Variable, Whole
from advisor.jobs.workload import is_extended
from advisor.readers.docker_run.gpus import device_asks, visible_devices
from advisor.readers.gpu_evidence import evidence_table
from advisor.readers.manifest.shape import Body, cores, mapping, once_for_each_content, text
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
