"""A folder of this machine mounted once more, over the network: mounts show `fuse.sshfs`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.real.parts import process
from tests.real.parts.part import Part, find_binary
from tests.real.parts.ssh_server import SshServer


class NetworkFolder(Part):
    """`path` is the mount that every user of this machine may use, `served` what it shows."""

    name = "network-folder"
    path: Path
    served: Path

    def start(self, stack: ExitStack) -> None:
        binary = find_binary("sshfs", "apt-get install sshfs")
        server = stack.enter_context(SshServer())
        self.path, self.served = self.directory / "mount", self.directory / "served"
        for folder in (self.path, self.served):
            folder.mkdir(mode=0o777)
            folder.chmod(0o777)
        self.directory.chmod(0o755)
        command = [binary, "-f", "-F", str(server.config_file), "-o", "allow_other"]
        process.start(
            stack,
            [*command, f"127.0.0.1:{self.served}", str(self.path)],
            log=self.directory / "log",
            ready=self.path.is_mount,
        )
