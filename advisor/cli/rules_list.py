"""`advisor rules list`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from advisor.cli.options import config_option, rules_option

if TYPE_CHECKING:
    from advisor.rulebook.loaded import Rulebook


@click.command("list")
@click.option(
    "--format",
    "chosen",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    show_default=True,
    help="markdown is the whole manual, with every fact.",
)
@rules_option
@config_option
def command(chosen: str, rules: tuple[str, ...], config: str | None) -> int:
    """Show every rule, yours and the built-in ones.

    \b
    Examples:
      advisor rules list
      advisor rules list --rules ./our-rules --format json
    """
    from advisor import api
    from advisor.cli.stream import print_result

    rulebook = api.load_rulebook(api.load_settings(config), rules)
    print_result(_FORMATS[chosen](rulebook))
    return api.ExitCode.OK


def _text(rulebook: Rulebook) -> str:
    rows = [("rule", "severity", "judges", "decides", "finds")]
    for rule_id, loaded in rulebook.items():
        rule = loaded.rule
        title = rule.title if rule.enabled else f"{rule.title} (off)"
        rows.append((rule_id, rule.severity, rule.scope, rule.outcome or "", title))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _json(rulebook: Rulebook) -> str:
    import msgspec

    rules = [loaded.rule for loaded in rulebook.values()]
    return msgspec.json.format(msgspec.json.encode(rules), indent=2).decode() + "\n"


def _markdown(rulebook: Rulebook) -> str:
    from advisor import api

    return api.rules_markdown(rulebook)


_FORMATS: dict[str, Callable[[Rulebook], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
}
