"""`advisor rules test`."""

from __future__ import annotations

import click


@click.command("test")
@click.argument("directories", nargs=-1, metavar="[DIR]...")
def command(directories: tuple[str, ...]) -> int:
    """Check rule files whole, and run their examples; without DIR the built-in ones.

    \b
    Examples:
      advisor rules test
      advisor rules test ./our-rules
    """
    from advisor import api
    from advisor.cli.stream import print_result
    from advisor.output.wording import plural

    tests = api.check_rules(directories)
    failures = [line for test in tests for line in test.failures]
    examples = sum(test.examples for test in tests)
    counts = ((len(tests), "rule"), (examples, "example"), (len(failures), "failure"))
    summary = ", ".join(plural(count, noun) for count, noun in counts)
    print_result("".join(f"{line}\n" for line in (*failures, summary)))
    return api.ExitCode.FINDINGS if failures else api.ExitCode.OK
