"""A snapshot of a small mixed cluster with two Docker hosts, for `--demo`; package data only."""
