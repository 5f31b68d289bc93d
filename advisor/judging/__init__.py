"""From a snapshot to an assessment: views are built, rules evaluated, verdicts drawn."""
