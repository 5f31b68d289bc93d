"""Imported by the process that those of the pool are forked from."""

from advisor.serving.worker import load_once

load_once()
