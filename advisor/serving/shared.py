"""Imported by the process that those of the pool are forked from: what is the same for all of them
is loaded once, and one that replaces another is there at once."""

from __future__ import annotations

import gc

from advisor import api
from advisor.serving import page
from advisor.serving.worker import Responder

BOOK = api.load_rulebook(api.Settings())
"""The rules as they are shipped."""

Responder(api.demo_snapshot(), api.Settings(), BOOK, page.Site()).try_everything()
gc.collect()
gc.freeze()
