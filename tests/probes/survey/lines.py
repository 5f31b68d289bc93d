"""A line as the survey prints it."""

from __future__ import annotations

import json
from typing import Any

SAID: dict[str, Any] = {
    "advisor_survey": 1,
    "node": "gpu-01",
    "name": "advisor-nodes-x7k2p",
    "time": "2026-11-30T07:00:00Z",
    "kernel": "5.15.0-105-generic",
    "architecture": "x86_64",
    "cgroup": "2",
    "driver": "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 2024",
    "gpus": "8",
    "image_folder": "/var/lib/containerd",
    "release": ['PRETTY_NAME="Ubuntu 22.04.4 LTS"', 'VERSION_ID="22.04"', "ID=ubuntu", ""],
    "infiniband": ["mlx5_0 InfiniBand 200 Gb/sec (4X HDR)", ""],
    "mounts": [
        "28 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw",
        r"90 28 0:61 / /raid\040two rw,relatime - nfs4 filer:/export rw,addr=10.0.0.9",
        "no mount",
        "",
    ],
    "spaces": ["4096 1000 250 /", r"1024 4 2 /raid\040two", "x y z /", ""],
    "links": ["/data", "/raid two/data", ""],
    "reach": ["reg.example:443 yes no", "10.0.0.9:2049 yes yes", "odd ? ?", ""],
    "images": [
        '{"images": [{"id": "sha256:a", "repoTags": ["reg.example/a:1"],',
        '"size": "77"}]}',
    ],
    "end": 1,
}


def line(**changes: Any) -> bytes:
    """The line with other values."""
    return json.dumps({**SAID, **changes}, separators=(",", ":")).encode()
