"""`advisor rules` and its commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from advisor.cli.options import config_option, form_option, rules_option
from advisor.cli.root import LazyGroup

if TYPE_CHECKING:
    from advisor.rulebook.loaded import Rulebook

MODULES = {
    "list": "advisor.cli.rules:list_rules",
    "explain": "advisor.cli.rules:explain_rule",
    "test": "advisor.cli.rules:test_rules",
    "new": "advisor.cli.rules:new_rule",
}


@click.group("rules", cls=LazyGroup, modules=MODULES, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """The rulebook: its rules, their manual, their tests.

    \b
    Examples:
      advisor rules list
      advisor rules explain IMG001
      advisor rules new LAB001 > rules/LAB001.yaml && advisor rules test rules
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@click.command("list")
@form_option("text", "json", "markdown", help="markdown is the whole manual, with every fact.")
@rules_option
@config_option
def list_rules(form: str, rules: tuple[str, ...], config: str | None) -> int:
    """Show every rule, yours and the built-in ones.

    \b
    Examples:
      advisor rules list
      advisor rules list --rules ./our-rules --format json
    """
    from advisor import api
    from advisor.cli.stream import print_result

    rulebook = api.load_rulebook(api.load_settings(config), rules)
    print_result(_FORMATS[form](rulebook))
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


@click.command("explain")
@click.argument("rule_id", metavar="ID")
@rules_option
@config_option
def explain_rule(rule_id: str, rules: tuple[str, ...], config: str | None) -> int:
    """Show one rule: why it is there, what it needs, what it says.

    \b
    Examples:
      advisor rules explain IMG001
      advisor rules explain LAB001 --rules ./our-rules
    """
    from advisor import api
    from advisor.cli.stream import print_result

    rulebook = api.load_rulebook(api.load_settings(config), rules)
    print_result(api.explain_rule(rulebook, rule_id))
    return api.ExitCode.OK


@click.command("test")
@click.argument("directories", nargs=-1, metavar="[DIR]...")
def test_rules(directories: tuple[str, ...]) -> int:
    """Check rule files whole, and run their examples.

    Without DIR the built-in ones.

    \b
    Examples:
      advisor rules test
      advisor rules test ./our-rules
    """
    from advisor import api
    from advisor.cli.stream import print_result
    from advisor.facts.quantity import plural

    tests = api.check_rules(directories)
    failures = [line for test in tests for line in test.failures]
    examples = sum(test.examples for test in tests)
    counts = ((len(tests), "rule"), (examples, "example"), (len(failures), "failure"))
    summary = ", ".join(plural(count, noun) for count, noun in counts)
    print_result("".join(f"{line}\n" for line in (*failures, summary)))
    return api.ExitCode.FINDINGS if failures else api.ExitCode.OK


@click.command("new")
@click.argument("rule_id", metavar="ID")
@click.option("--scope", default="image", show_default=True, help="What the rule judges.")
def new_rule(rule_id: str, scope: str) -> int:
    """Print a rule file to start from; it loads, and its examples pass.

    \b
    Examples:
      advisor rules new LAB001 > our-rules/LAB001.yaml
      advisor rules new LAB002 --scope node > our-rules/LAB002.yaml
    """
    from advisor import api
    from advisor.cli.stream import print_result

    print_result(api.new_rule(rule_id, scope))
    return api.ExitCode.OK
