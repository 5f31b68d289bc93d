"""What tests do with any server of the Docker API: make images without a network, and clear it."""

from __future__ import annotations

import io
import socket
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
from docker.errors import APIError

from tests.real.parts.part import find_binary

if TYPE_CHECKING:
    from docker.models.containers import Container

Files = Mapping[str, bytes]


class DockerApi:
    """`client` is an ordinary docker.DockerClient; the rest is what tests would repeat."""

    host: str
    client: docker.DockerClient

    def import_image(self, reference: str, files: Files) -> str:
        """An image of one layer without any config, as `docker import` makes it; returns its id."""
        repository, tag = split_tag(reference)
        self.client.api.import_image_from_data(archive(files), repository=repository, tag=tag)
        return self.image_id(reference)

    def build_image(
        self, reference: str | None, instructions: Sequence[str] = (), files: Files | None = None
    ) -> str:
        """An image FROM scratch: `files` at its root, then `instructions`, such as
        `LABEL a=b`; returns its id, which is all there is to find it by when `reference` is None.
        """
        answers = self.client.api.build(
            fileobj=io.BytesIO(archive(build_context(instructions, files))),
            custom_context=True,
            tag=reference,
            rm=True,
            forcerm=True,
            decode=True,
        )
        return _built_id(list(answers))

    def push_image(self, reference: str, login: Mapping[str, str] | None = None) -> str:
        """Pushes `reference` and returns the digest under which its registry now has it."""
        repository, tag = split_tag(reference)
        answers = self.client.api.push(
            repository, tag=tag, stream=True, decode=True, auth_config=dict(login or {})
        )
        for answer in answers:
            if "error" in answer:
                raise AssertionError(f"push of {reference}: {answer['error']}")
        digests = self.client.images.get(reference).attrs["RepoDigests"]
        prefix = f"{repository}@"
        return str(next(d for d in digests if d.startswith(prefix))).removeprefix(prefix)

    def create_container(self, image: str, **options: Any) -> Container:
        """A container that was never started; `options` as docker.containers.create takes them."""
        return self.client.containers.create(image, options.pop("command", "none"), **options)

    def run_container(self, image: str, script: str, **options: Any) -> Container:
        """A running container; `image` needs a /bin/sh, which an image of `shell_files` has."""
        command = ["/bin/sh", "-c", script]
        return self.client.containers.run(
            image, command, detach=True, network_mode="none", **options
        )

    def image_id(self, reference: str) -> str:
        """`sha256:` and 64 digits."""
        return str(self.client.images.get(reference).id)

    def remove_containers(self) -> None:
        """Kills and deletes all containers; none of them gets time to end by itself."""
        for container in self.client.api.containers(all=True):
            self.client.api.remove_container(container["Id"], v=True, force=True)

    def wipe(self) -> None:
        """Deletes all containers, volumes and images."""
        self.remove_containers()
        api = self.client.api
        for volume in api.volumes().get("Volumes") or ():
            api.remove_volume(volume["Name"], force=True)
        while images := api.images(all=True):
            if not [image for image in images if self._removed(image["Id"])]:
                raise AssertionError(f"images that cannot be removed: {images}")

    def _removed(self, image: str) -> bool:
        try:
            self.client.api.remove_image(image, force=True)
        except APIError:
            return False
        return True


def answers_ping(path: Path) -> bool:
    """Whether the server on this unix socket is ready; OSError while nobody listens."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        return b" 200 " in connection.recv(64)


def shell_files() -> dict[str, bytes]:
    """What an image needs for `run_container`: a shell without libraries."""
    busybox = Path(find_binary("busybox", "apt-get install busybox-static")).read_bytes()
    return {"bin/sh": busybox}


def put_files(container: Container, folder: str, files: Files) -> None:
    """Writes below `folder` of a container, started or not: its writable layer changes."""
    if not container.put_archive(folder, archive(files)):
        raise AssertionError(f"{folder} of {container.name} was not written")


def build_context(instructions: Sequence[str], files: Files | None) -> dict[str, bytes]:
    """`files`, one if None, and the Dockerfile that copies them and then does `instructions`."""
    files = files if files is not None else {"built": b"built\n"}
    copies = [f"COPY {path} /{path}" for path in files]
    recipe = "\n".join(("FROM scratch", *copies, *instructions, ""))
    return {**files, "Dockerfile": recipe.encode()}


def archive(files: Files) -> bytes:
    """A tar of `files` by relative path; everything in it is executable and from 2020."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode, entry.mtime = len(content), 0o755, 1577836800
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def split_tag(reference: str) -> tuple[str, str]:
    """Repository and tag; the port of a registry is not a tag."""
    repository, colon, tag = reference.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (reference, "latest")


def _built_id(answers: Sequence[Mapping[str, Any]]) -> str:
    for answer in answers:
        if "error" in answer:
            raise AssertionError(f"build: {answer['error']}")
    return str(next(a["aux"]["ID"] for a in answers if "ID" in a.get("aux", {})))
