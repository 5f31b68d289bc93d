"""The reports before judges that others wrote: Lighthouse and markdownlint."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from advisor import api
from tests.output import golden, samples
from tests.real.browser import ARGUMENTS
from tests.real.parts.node_tool import find_node_tool, served
from tests.real.parts.part import find_binary

_CONFIG = Path(__file__).parent / "markdownlint.yaml"
_GOALS = {"accessibility": 1.0, "best-practices": 1.0, "performance": 0.95}


def _lighthouse(url: str, result: Path) -> dict[str, float]:
    chromium = find_binary("chromium", "apt-get install chromium")
    subprocess.run(
        [
            find_node_tool("lighthouse"),
            url,
            "--quiet",
            "--output=json",
            f"--output-path={result}",
            f"--only-categories={','.join(_GOALS)}",
            f"--chrome-flags={' '.join(('--headless=new', *ARGUMENTS))}",
        ],
        env={**os.environ, "CHROME_PATH": chromium},
        check=True,
        timeout=600,
        stdout=subprocess.DEVNULL,
    )
    categories = json.loads(result.read_text(encoding="utf-8"))["categories"]
    return {name: categories[name]["score"] for name in _GOALS}


@pytest.mark.alone
def test_lighthouse_is_content(tmp_path: Path) -> None:
    """The best of a few runs: a loaded machine is no fault of the report."""
    find_node_tool("lighthouse")
    site = tmp_path / "site"
    site.mkdir()
    text = api.render(api.audit(api.demo_snapshot()), "html")
    (site / "report.html").write_text(text, encoding="utf-8")
    with served(site) as address:
        for attempt in range(6):
            found = _lighthouse(f"{address}/report.html", tmp_path / f"{attempt}.json")
            short = {name: score for name, score in found.items() if score < _GOALS[name]}
            if not short:
                break
    assert short == {}


def test_markdownlint_is_content(tmp_path: Path) -> None:
    program = find_node_tool("markdownlint-cli2")
    kept = [*golden.FOLDER.glob("*.md"), *samples.FOLDER.glob("*.md")]
    for path in kept:
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / ".markdownlint.yaml").write_text(_CONFIG.read_text(encoding="utf-8"))
    ended = subprocess.run(
        [program, "*.md"], cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False
    )
    if ended.returncode not in (0, 1):
        pytest.fail(ended.stderr)
    assert ended.stderr.splitlines() == []
