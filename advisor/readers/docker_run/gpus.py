"""`--gpus`, and the device nodes and CDI names that stand for GPUs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from advisor.jobs.numbers import parse_decimal_integer
from advisor.jobs.run import GpuAsk, Whole
from advisor.jobs.word import is_veiled, word
from advisor.readers.docker_run.ports import AsWord
from advisor.readers.flag_scan import split_fields

ALL = -1
_CDI = re.compile(
    r"(?P<vendor>[A-Za-z](?:[\w.-]*[A-Za-z0-9])?)/(?P<kind>[A-Za-z](?:[\w.-]*[A-Za-z0-9])?)"
    r"=(?P<name>[A-Za-z0-9](?:[\w.:-]*[A-Za-z0-9])?)",
    re.ASCII,
)
_CDI_GPU_KINDS = re.compile(r"gpu|mig|hpu|gaudi|accel")
_VENDORS = {"nvidia.com": "nvidia", "amd.com": "amd", "intel.com": "intel", "habana.ai": "gaudi"}
_NODES = (
    ("nvidia", re.compile(r"/dev/nvidia.*"), re.compile(r"/dev/nvidia\d+")),
    ("amd", re.compile(r"/dev/(?:kfd|dri(?:/.*)?)"), re.compile(r"/dev/dri/renderD\d+")),
    (
        "gaudi",
        re.compile(r"/dev/accel(?:/.*)?|/dev/hl\w*"),
        re.compile(r"/dev/(?:accel/accel|hl)\d+"),
    ),
    (
        "ascend",
        re.compile(r"/dev/(?:davinci\w*|devmm_svm|hisi_hdc)"),
        re.compile(r"/dev/davinci\d+"),
    ),
    ("aws-neuron", re.compile(r"/dev/neuron\d+"), re.compile(r"/dev/neuron\d+")),
    ("mthreads", re.compile(r"/dev/mtgpu.*"), re.compile(r"/dev/mtgpu\.\d+")),
)
_WHOLE = frozenset({"/dev/dri", "/dev/accel"})
_NO_DEVICES = frozenset({"", "void", "none"})


def parse_gpus(text: str, as_word: AsWord = word) -> GpuAsk:
    """One `--gpus` value; without a count and devices it means one. A count, or ids, that the shell
    decides are a word: none of them says how many there are. Raises ValueError."""
    if is_veiled(text) and "=" not in text and "," not in text:
        return GpuAsk(how="--gpus", count=as_word(text))
    seen: dict[str, str] = {}
    for field in split_fields(text):
        name, equals, value = field.partition("=")
        if name in seen:
            raise ValueError(f"{name!r} is given twice")
        seen[name] = value
        if not equals:
            seen["count"] = name
        elif name not in ("driver", "count", "device", "capabilities", "options"):
            raise ValueError(f"unknown key {name!r}")
        if name == "count" or not equals:
            _count(seen["count"])
        if name == "options":
            split_fields(value)
    devices = tuple(seen["device"].split(",")) if "device" in seen else ()
    if "all" in devices:
        seen["count"], devices = "all", ()
    capabilities = tuple(seen["capabilities"].split(",")) if "capabilities" in seen else ()
    count: Whole | None = None if devices else 1
    if is_veiled(seen.get("device", "")):
        count = as_word(seen["device"])
    elif "count" in seen:
        count = as_word(seen["count"]) if is_veiled(seen["count"]) else _count(seen["count"])
    return GpuAsk(
        how="--gpus",
        count=count,
        devices=devices,
        vendor="amd" if "amd" in (seen.get("driver"), *capabilities) else "nvidia",
        capabilities=capabilities,
    )


def _count(text: str) -> int | None:
    if text == "all":
        return ALL
    if is_veiled(text):
        return None
    try:
        return parse_decimal_integer(text)
    except ValueError:
        raise ValueError("a count of GPUs is a whole number or all") from None


def visible_devices(value: str, *, as_word: AsWord = word, vendor: str = "nvidia") -> GpuAsk | None:
    """The GPUs that NVIDIA_VISIBLE_DEVICES or another vendor's variable names; None for none. A
    word of the shell's may be several with commas."""
    how = "runtime"
    if value.strip() in _NO_DEVICES:
        return None
    parts = [part.strip() for part in value.split(",") if part.strip()]
    devices = tuple(device for part in parts for device in _range(part))
    if is_veiled(value):
        return GpuAsk(how=how, count=as_word(value), devices=devices, vendor=vendor)
    if any(device == "all" or device.endswith("=all") for device in devices):
        return GpuAsk(how=how, count=ALL, vendor=vendor)
    return GpuAsk(how=how, devices=devices, vendor=vendor)


def _range(text: str) -> list[str]:
    """`0-3` is four ids to some runtimes; to none is it a name."""
    span = re.fullmatch(r"(\d{1,3})-(\d{1,3})", text, re.ASCII)
    return [str(number) for number in range(int(span[1]), int(span[2]) + 1)] if span else [text]


def is_cdi_name(text: str) -> bool:
    """Whether a device is a qualified CDI name (`nvidia.com/gpu=0`), not a path."""
    return _CDI.fullmatch(text) is not None


def device_asks(devices: Sequence[str]) -> tuple[tuple[GpuAsk, ...], tuple[str, ...]]:
    """What `--device` values ask for in GPUs, and the devices that are none."""
    names = [device for device in devices if _cdi_vendor(device)]
    asks = list(_cdi_asks(names))
    rest = [device for device in devices if device not in names]
    for vendor, node, numbered in _NODES:
        paths = [device for device in rest if node.fullmatch(device.split(":")[0])]
        if not paths or not any(not path.startswith("/dev/dri") for path in paths):
            continue
        rest = [device for device in rest if device not in paths]
        count = sum(1 for path in paths if numbered.fullmatch(path.split(":")[0]))
        whole = any(path.split(":")[0].rstrip("/") in _WHOLE for path in paths)
        asks.append(
            GpuAsk(
                how="device",
                count=ALL if whole else count or None,
                devices=tuple(paths),
                vendor=vendor,
            )
        )
    return tuple(asks), tuple(rest)


def _cdi_vendor(text: str) -> str:
    match = _CDI.fullmatch(text)
    if match is None or not _CDI_GPU_KINDS.match(match["kind"]):
        return ""
    return _VENDORS.get(match["vendor"], match["vendor"])


def _cdi_asks(names: Iterable[str]) -> Iterable[GpuAsk]:
    by_vendor: dict[str, list[str]] = {}
    for name in names:
        by_vendor.setdefault(_cdi_vendor(name), []).append(name)
    for vendor, group in by_vendor.items():
        everything = any(name.endswith("=all") for name in group)
        yield GpuAsk(
            how="cdi", count=ALL if everything else None, devices=tuple(group), vendor=vendor
        )
