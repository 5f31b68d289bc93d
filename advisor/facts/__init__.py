"""Typed records of what was seen: everything after the probes is a pure function of them.

In every record None (or a missing optional) means "not known"; an empty tuple or mapping means
"known to be empty". Sizes are bytes, CPU is millicores, times are UTC RFC 3339.
"""
