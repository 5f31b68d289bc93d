"""The smallest ClusterRole that an audit needs, made from the table of reads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from advisor.probes.kubernetes.reads import NON_RESOURCE_PATHS, READS, Read

ROLE = "advisor"

_HEADER = f"""\
# Everything that `advisor audit` reads of a cluster, and nothing else: only `list`, and no Secrets.
# Made from the table of reads; a test fails when the two differ.
#
#   kubectl apply -f clusterrole.yaml
#   kubectl create clusterrolebinding {ROLE} --clusterrole={ROLE} --user=NAME
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {ROLE}
rules:
"""


def cluster_role() -> str:
    """The YAML text of deploy/clusterrole.yaml, with the reason for every right."""
    return _HEADER + "".join(f"{line}\n" for line in _rules())


def _rules() -> Iterator[str]:
    yield "  # the server's version, and which APIs it serves"
    yield f"  - nonResourceURLs: [{', '.join(_quoted(path) for path in NON_RESOURCE_PATHS)}]"
    yield "    verbs: [get]"
    ordered = sorted(READS, key=lambda read: (read.group, read.verb))
    for (group, verb), reads in groupby(ordered, key=lambda read: (read.group, read.verb)):
        yield f"  - apiGroups: [{_quoted(group)}]"
        yield "    resources:"
        yield from (_resource(read) for read in reads)
        yield f"    verbs: [{verb}]"


def _resource(read: Read) -> str:
    return f"      - {read.resource} # {read.why}"


def _quoted(text: str) -> str:
    return f'"{text}"'
