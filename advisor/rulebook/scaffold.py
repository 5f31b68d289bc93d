"""A new rule to start from: it loads, and its examples pass."""

from __future__ import annotations

import json
from typing import Any

import advisor
from advisor.errors import InputError
from advisor.rulebook.rule import SCOPES
from advisor.rulebook.source import ID, built_in_sources

_SAMPLES: dict[str, tuple[str, str, Any, Any]] = {
    "cluster": ("version", "gpu_nodes", 0, 2),
    "node": ("name", "unschedulable", True, False),
    "image": ("reference", "tag", "latest", "24.03"),
    "data": ("source", "kind", "anonymous-volume", "bind"),
    "storageclass": ("name", "reclaim_policy", "Delete", "Retain"),
    "workload": ("name", "kind", "Deployment", "Job"),
    "job": ("name", "kind", "Deployment", "Job"),
    "host": ("name", "image_store", "classic", "containerd"),
}
"""By scope: the fact that names the subject, one to judge, a value that fires, a fine one."""

_TEMPLATE = """\
id: {id}
title: {fact} is {firing_word}
severity: warning
scope: {scope}
needs: [{scope}.{name}, {scope}.{fact}]
when: {scope}.{fact} == {firing}
message: "{{{{ {scope}.{name} }}}} has {fact} {{{{ {scope}.{fact} }}}}."
remedy: Say what to do, ending with a full stop.
why: Say what goes wrong otherwise.
links: []
since: "{version}"
examples:
  - name: it is
    facts:
      {scope}: {{{name}: sample, {fact}: {firing}}}
    result: finding
    message: sample has {fact} {rendered}.
  - name: it is not
    facts:
      {scope}: {{{name}: sample, {fact}: {quiet}}}
    result: ok
  - name: not known
    facts:
      {scope}: {{{name}: sample}}
    result: unknown
"""


def new_rule(rule_id: str, scope: str = "image") -> str:
    """The text of a valid rule file; raises InputError for an id or a scope there cannot be."""
    if not ID.match(rule_id):
        raise InputError(
            f"`{rule_id}` is no rule id", remedy="2 to 6 capitals and 3 digits, like LAB001"
        )
    if rule_id in {source.stem for source in built_in_sources()}:
        raise InputError(f"the id `{rule_id}` is a built-in rule's", remedy="as in: LAB001")
    if scope not in SCOPES:
        raise InputError(f"`{scope}` is no scope", remedy=f"one of: {', '.join(SCOPES)}")
    name, fact, firing, quiet = _SAMPLES[scope]
    return _TEMPLATE.format(
        id=rule_id,
        scope=scope,
        name=name,
        fact=fact,
        firing=json.dumps(firing),
        firing_word=str(firing).lower(),
        quiet=json.dumps(quiet),
        rendered=firing,
        version=advisor.__version__,
    )
