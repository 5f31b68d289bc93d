"""The records of what a rule says: findings, places, outcomes."""
