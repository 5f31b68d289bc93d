"""Nodes with devices of a DRA driver, and the claims of jobs that ask for them, drawn by a seed."""

from __future__ import annotations

from random import Random

import msgspec

from tests.real.scheduler.cluster import Json

DRIVER = "gpu.example.com"
API = "resource.k8s.io/v1"
_PRODUCTS = ("Big 80GB", "Small 24GB")
_SELECTORS = (
    f"device.attributes['{DRIVER}'].productName.lowerAscii().contains('big')",
    f"device.capacity['{DRIVER}'].memory.compareTo(quantity('40Gi')) >= 0",
    f"device.attributes['{DRIVER}'].driverVersion.isGreaterThan(semver('570.0.0'))",
    f"device.attributes['{DRIVER}'].index < 2",
    f"device.attributes['{DRIVER}'].healthy",
    f"device.attributes['{DRIVER}'].?tier.orValue('none') == 'none'",
    f"cel.bind(own, device.attributes['{DRIVER}'], own.index != 1 && own.healthy)",
    "'other.example.com' in device.attributes && device.driver.startsWith('gpu.')",
    "device.driver == 'nic.example.com'",
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A job with the claims of its pods, and the nodes that it is asked about."""

    name: str
    nodes: list[Json]
    slices: list[Json]
    claims: list[Json]
    templates: bool


def classes() -> list[Json]:
    """Device classes of all that is drawn."""
    selectors = {
        "gpu": [f"device.driver == '{DRIVER}' && device.attributes['{DRIVER}'].type == 'gpu'"],
        "part": [f"device.driver == '{DRIVER}'", f"device.attributes['{DRIVER}'].type == 'mig'"],
        "any": [],
    }
    return [
        {
            "apiVersion": API,
            "kind": "DeviceClass",
            "metadata": {"name": name},
            "spec": {"selectors": [{"cel": {"expression": one}} for one in texts]},
        }
        for name, texts in selectors.items()
    ]


def draw(seed: int) -> Asked:
    """A job of its own on two nodes of its own."""
    chance = Random(seed)
    name = f"d{seed}"
    hosts = [f"{name}-n{number}" for number in range(2)]
    return Asked(
        name=name,
        nodes=[_node(host) for host in hosts],
        slices=[one for host in hosts for one in _slices(chance, host)],
        claims=[_claim(chance, f"{name}-c{at}") for at in range(chance.choice((1, 1, 2)))],
        templates=chance.random() < 0.5,
    )


def _node(host: str) -> Json:
    amounts = {"cpu": "8", "memory": "16Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": host, "labels": {"kubernetes.io/hostname": host}},
        "spec": {"taints": []},
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def _slices(chance: Random, host: str) -> list[Json]:
    devices = [_device(chance, at) for at in range(chance.choice((0, 2, 3, 4, 6)))]
    half = len(devices) // 2 if chance.random() < 0.3 else 0
    parts = [devices[:half], devices[half:]] if half else [devices]
    return [_slice(chance, f"{host}-{at}", host, part, len(parts)) for at, part in enumerate(parts)]


def _slice(chance: Random, name: str, host: str, devices: list[Json], count: int) -> Json:
    own = {"key": "kubernetes.io/hostname", "operator": "In", "values": [host]}
    selected = {"nodeSelector": {"nodeSelectorTerms": [{"matchExpressions": [own]}]}}
    return {
        "apiVersion": API,
        "kind": "ResourceSlice",
        "metadata": {"name": name},
        "spec": {
            "driver": DRIVER,
            "pool": {"name": host, "generation": 1, "resourceSliceCount": count},
            "devices": devices,
            **(selected if chance.random() < 0.3 else {"nodeName": host}),
        },
    }


def _device(chance: Random, at: int) -> Json:
    product = chance.choice(_PRODUCTS)
    attributes: Json = {
        "type": {"string": chance.choice(("gpu", "gpu", "mig"))},
        "productName": {"string": product},
        "index": {"int": at},
        "healthy": {"bool": chance.random() < 0.8},
        "driverVersion": {"version": chance.choice(("550.90.7", "570.86.15", "580.1.0"))},
        "resource.kubernetes.io/pcieRoot": {"string": chance.choice(("pci0", "pci1"))},
    }
    if chance.random() < 0.2:
        attributes["other.example.com/rack"] = {"string": "r1"}
    memory = "80Gi" if product.startswith("Big") else "24Gi"
    return {
        "name": f"gpu-{at}",
        "attributes": attributes,
        "capacity": {"memory": {"value": memory}},
    }


def _claim(chance: Random, name: str) -> Json:
    requests = [_request(chance, f"r{at}") for at in range(chance.choice((1, 1, 2)))]
    devices: Json = {"requests": requests}
    if chance.random() < 0.4:
        attribute = chance.choice(("resource.kubernetes.io/pcieRoot", f"{DRIVER}/productName"))
        devices["constraints"] = [{"matchAttribute": attribute, "requests": []}]
    return {
        "apiVersion": API,
        "kind": "ResourceClaim",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"devices": devices},
    }


def _request(chance: Random, name: str) -> Json:
    if chance.random() < 0.2:
        wishes = [{"name": f"w{at}", **_wish(chance)} for at in range(2)]
        return {"name": name, "firstAvailable": wishes}
    return {"name": name, "exactly": _wish(chance)}


def _wish(chance: Random) -> Json:
    name = "absent" if chance.random() < 0.04 else chance.choice(("gpu", "gpu", "part", "any"))
    wish: Json = {"deviceClassName": name}
    if chance.random() < 0.4:
        count = chance.randint(1, 2)
        texts = chance.sample(_SELECTORS, count)
        wish["selectors"] = [{"cel": {"expression": text}} for text in texts]
    if chance.random() < 0.2:
        return {**wish, "allocationMode": "All"}
    return {**wish, "allocationMode": "ExactCount", "count": chance.choice((1, 1, 1, 2, 3))}
