"""Whether this machine has anything to probe that the user did not have to name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_SERVICE_ACCOUNT_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


def cluster_configured(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether $KUBECONFIG, ~/.kube/config or a pod's service account names a cluster."""
    if environment.get("KUBECONFIG"):
        return True
    home = environment.get("HOME") or str(Path.home())
    return (Path(home) / ".kube" / "config").is_file() or _SERVICE_ACCOUNT_TOKEN.is_file()


def engine_present(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether DOCKER_HOST or a docker context names an engine, or a usual socket exists."""
    from advisor.probes.docker.endpoint import resolve_endpoint

    endpoint = resolve_endpoint(None, environment)
    return endpoint.transport != "unix" or Path(endpoint.socket).exists()
