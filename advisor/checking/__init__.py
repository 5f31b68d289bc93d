"""Single jobs judged: what `advisor check` does with what was read."""
