"""Write the committed files that are made from the code, or say which are out of date.

python docs/generate.py            writes them
python docs/generate.py --check    exits 1 and names those that differ
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from advisor import api
from advisor.output.json import SCHEMAS, schema_text

ROOT = Path(__file__).resolve().parent.parent


def generated_files() -> Iterator[tuple[str, str]]:
    """Each file's path below the repository, and its text."""
    yield "docs/rules.md", api.rules_markdown(api.load_rulebook(api.Settings()))
    yield "deploy/clusterrole.yaml", api.cluster_role()
    yield "deploy/node-facts-role.yaml", api.node_facts_role()
    yield "setup.cfg", _with_packages(_committed("setup.cfg"))
    for name in SCHEMAS:
        yield f"reports/schema/{name}", schema_text(name)


def outdated() -> list[str]:
    """The paths whose committed text is not what would be written."""
    return [path for path, text in generated_files() if _committed(path) != text]


def write() -> None:
    """Bring every file up to date."""
    for path, text in generated_files():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


def _with_packages(setup: str) -> str:
    """setup.cfg with every package: `find:` cannot express those mapped from other folders."""
    own = {path.parent.relative_to(ROOT) for path in (ROOT / "advisor").rglob("__init__.py")}
    names = {".".join(folder.parts) for folder in own} | {"advisor_reports", "advisor_rules"}
    listed = "".join(f"    {package}\n" for package in sorted(names))
    return re.sub(r"(?<=^packages =\n)(?:    \S+\n)+", listed, setup, flags=re.MULTILINE)


def _committed(path: str) -> str:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.is_file() else ""


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        stale = outdated()
        sys.stderr.writelines(f"{path} is out of date: run `make docs`\n" for path in stale)
        sys.exit(1 if stale else 0)
    write()
