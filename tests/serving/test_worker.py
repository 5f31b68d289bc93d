"""What a process that judges may not do any more once it is confined."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
ATTEMPTS = """
    open("/etc/passwd")
    open("secret.txt")
    open("../secret.txt")
    open(os.path.join(os.path.dirname(os.__file__), "../../../../../../etc/passwd"))
    os.open("/etc/passwd", os.O_RDONLY)
    open("/proc/self/environ")
    open(b"/etc/passwd")
    pathlib.Path("/etc/passwd").read_text()
    os.listdir("/")
    os.listdir()
    list(os.scandir("/etc"))
    glob.glob1("/etc", "*") or 1 / 0
    os.system("true")
    subprocess.run(["true"])
    os.posix_spawn("/bin/true", ["true"], {})
    os.execv("/bin/true", ["true"])
    os.fork()
    socket.create_connection(("127.0.0.1", 9))
    socket.getaddrinfo("example.com", 80)
    socket.socket(socket.AF_UNIX).connect("/run/docker.sock")
    os.remove("secret.txt")
    os.mkdir("made")
    open("made.txt", "w").write("x")
    bytearray(3 * 2**30)
"""


def test_what_is_refused(tmp_path: Path) -> None:
    """Each attempt fails, and code and tables of advisor still load."""
    (tmp_path / "secret.txt").write_text("planted", encoding="utf-8")
    attempts = [line.strip() for line in ATTEMPTS.strip().splitlines()]
    script = f"""
        import glob, os, pathlib, socket, subprocess
        import yaml
        from advisor import api
        from advisor.serving.worker import confine

        confine()
        for attempt in {attempts!r}:
            try:
                exec(attempt)
            except (OSError, MemoryError, ZeroDivisionError):
                continue
            print("done:", attempt)
        import advisor.readers.hpc.reader
        print(api.text_checker(api.demo_snapshot()).check("docker run a/b:1", ()).jobs[0].label)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == "a/b:1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.txt"]
