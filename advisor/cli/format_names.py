"""The names of formats for shells that complete them."""

from __future__ import annotations

import click


def complete_format(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Those of the command; they are looked up only when a shell asks."""
    from advisor.output.formats import CHECK_FORMATS, DIFF_FORMATS, FORMATS

    others: dict[str | None, tuple[str, ...]] = {
        "check": tuple(CHECK_FORMATS),
        "diff": tuple(DIFF_FORMATS),
    }
    names = others.get(context.info_name, tuple(FORMATS))
    return [name for name in names if name.startswith(incomplete)]
