"""The probes run together, and a snapshot made of what they saw."""
