"""Probes run in threads, and importing is done before these start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TASKS = """
import sys, threading
from pathlib import Path
from advisor.collection.collect import CollectOptions, probe_tasks, run_together
from advisor.probes.common import NoProgress

late = []
class Watch:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is not threading.main_thread():
            if name.partition(".")[0] not in sys.stdlib_module_names:
                late.append(name)

options = CollectOptions(kubeconfig=sys.argv[1], docker_hosts=("tcp://127.0.0.1:1",), timeout=1)
tasks = probe_tasks(options, NoProgress())
sys.meta_path.insert(0, Watch())
results = run_together(tasks)
print([result.source.status for result in results], sorted(late))
"""
CONFIG = """
current-context: one
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
contexts: [{name: one, context: {cluster: c, user: u}}]
users: [{name: u, user: {token: t}}]
"""


def test_no_thread_of_a_probe_imports_a_package(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(CONFIG)
    done = subprocess.run(
        [sys.executable, "-c", TASKS, str(tmp_path / "config")],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stdout == "['failed', 'failed'] []\n"
