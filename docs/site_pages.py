"""Pages of the documentation site that are made from the code when it is built (mkdocs hooks)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from advisor import api
from advisor.cli.root import root

ROOT = Path(__file__).resolve().parent.parent
CATALOG = ROOT / "rules" / "catalog"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those of docs/."""
    for path, text in _pages():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Turn links between files of the repository into links between pages of the site."""
    if page.file.src_uri == "rules.md":
        return re.sub(r"\]\(#([a-z]{3}\d{3})\)", lambda m: f"](rules/{m[1].upper()}.md)", markdown)
    if page.file.src_uri == "contributing.md":
        return markdown.replace("](docs/", "](")
    return markdown.replace("](../CONTRIBUTING.md)", "](contributing.md)")


def _pages() -> Iterator[tuple[str, str]]:
    yield "reference/commands.md", "\n\n".join(["# Commands", *_commands(root, "advisor")])
    yield "reference/storage.md", _storage()
    yield "reference/accelerators.md", _accelerators()
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        yield name.lower(), (ROOT / name).read_text(encoding="utf-8")
    for rule_id, loaded in api.load_rulebook(api.Settings()).items():
        text = api.explain_rule({rule_id: loaded}, rule_id)
        yield f"rules/{rule_id}.md", f"# {rule_id}: {loaded.rule.title}\n\n```text\n{text}```\n"


def _commands(command: click.Command, name: str) -> Iterator[str]:
    """The help of a command and of those below it, as it is printed."""
    with click.Context(command, info_name=name, terminal_width=88, max_content_width=88) as context:
        yield f"## {name}\n\n```text\n{command.get_help(context)}\n```"
        if isinstance(command, click.Group):
            for word in command.list_commands(context):
                below = command.get_command(context, word)
                if below is not None and not below.hidden:
                    yield from _commands(below, f"{name} {word}")


def _storage() -> str:
    table = _catalog("storage_provisioners.yaml")
    rows = [
        (
            "<br>".join(f"`{name}`" for name in entry["match"]),
            entry["serves"],
            entry.get("condition", ""),
            ", ".join(_link(table["sources"][source]) for source in entry["sources"]),
        )
        for entry in table["provisioners"]
    ]
    said = (
        "A storage class does not state who can mount its volumes. This table says it for each "
        "provisioner or CSI driver, by name. A class that your site knows better goes into "
        "[advisor.toml](configuration.md)."
    )
    head = ("provisioner or driver", "serves", "depends on", "source")
    return "\n\n".join(["# Storage provisioners", said, _table(head, rows)])


def _accelerators() -> str:
    table = _catalog("accelerators.yaml")
    rows = [
        (f"`{entry['match']}`", entry["vendor"], entry["kind"], entry["sharing"])
        for entry in table["resources"]
    ]
    said = (
        "What one unit of a node's extended resource is, as long as no label says that it is "
        "shared or split. Name others in [advisor.toml](configuration.md)."
    )
    return "\n\n".join(
        ["# Accelerators", said, _table(("resource", "vendor", "kind", "sharing"), rows)]
    )


def _catalog(name: str) -> Any:
    return yaml.safe_load((CATALOG / name).read_text(encoding="utf-8"))


def _link(address: str) -> str:
    return f"[{address.split('/')[2]}]({address})" if "://" in address else address


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
