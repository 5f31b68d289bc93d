"""Snapshots of three sites, all names made up; their reports are in reports/samples/."""
