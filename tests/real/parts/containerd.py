"""A containerd without a kubelet, that holds images as one does."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from tests.real.parts import process
from tests.real.parts.docker_api import archive
from tests.real.parts.part import Part, find_binary, require_root

INSTALL = "apt-get install containerd"
_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


class Containerd(Part):
    """Answers `ctr` with the variables of `environment()`."""

    name = "containerd"

    def start(self, stack: ExitStack) -> None:
        require_root("containerd")
        binary = find_binary("containerd", INSTALL)
        self._ctr = find_binary("ctr", INSTALL)
        settings = self.directory / "config.toml"
        settings.write_text(
            "version = 2\n"
            f'root = "{self.directory}/root"\n'
            f'state = "{self.directory}/state"\n'
            'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'[grpc]\n  address = "{self.directory}/socket"\n'
        )
        process.start(
            stack,
            [binary, "--config", str(settings)],
            log=self.directory / "log",
            ready=lambda: self._run("version").returncode == 0,
        )

    def environment(self) -> dict[str, str]:
        """What leads ctr here."""
        return {"CONTAINERD_ADDRESS": f"{self.directory}/socket"}

    def load(self, name: str, architectures: Sequence[str], mark: str = "") -> str:
        """An image for each architecture, with `mark` in its layer; the digest under which it is
        listed, of an index where there are several."""
        blobs: dict[str, bytes] = {}

        def put(kind: str, content: bytes) -> dict[str, Any]:
            digest = hashlib.sha256(content).hexdigest()
            blobs[f"blobs/sha256/{digest}"] = content
            return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(content)}

        images = [_image(put, f"{name} {mark}", architecture) for architecture in architectures]
        listed: Mapping[str, Any] = images[0]
        if len(images) > 1:
            listed = put(_INDEX, _json({"schemaVersion": 2, "manifests": images}))
        named = {**listed, "annotations": {"io.containerd.image.name": name}}
        blobs["oci-layout"] = _json({"imageLayoutVersion": "1.0.0"})
        blobs["index.json"] = _json({"schemaVersion": 2, "manifests": [named]})
        path = self.directory / "image.tar"
        path.write_bytes(archive(blobs))
        ended = self._run("images", "import", "--no-unpack", str(path))
        assert ended.returncode == 0, ended.stderr
        return str(listed["digest"])

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [self._ctr, "--namespace", "k8s.io", *arguments]
        return subprocess.run(command, env=self.environment(), capture_output=True, check=False)


def _image(put: Any, mark: str, architecture: str) -> dict[str, Any]:
    layer = put(_LAYER, archive({"mark": mark.encode(), "architecture": architecture.encode()}))
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": put(_CONFIG, _json(config)),
        "layers": [layer],
    }
    platform = {"architecture": architecture, "os": "linux"}
    return {**put(_MANIFEST, _json(manifest)), "platform": platform}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
