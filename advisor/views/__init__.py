"""What a rule sees: one typed view per scope, built from the snapshot and the placement.

A field left UNSET is a fact nobody could supply: the rule that needs it becomes `unknown`.
None is a known "none".
"""
