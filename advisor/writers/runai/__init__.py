"""Jobs as runai commands."""
