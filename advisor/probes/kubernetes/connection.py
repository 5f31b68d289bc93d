"""From a kubeconfig, or the pod this runs in, to a server and a way to reach it."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from advisor.errors import ProbeError
from advisor.facts.secrecy import MARK, redact_text
from advisor.probes.kubernetes.transport import PoolTransport, Transport

if TYPE_CHECKING:
    from kubernetes.client.configuration import Configuration

_SERVICE_ACCOUNT_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_LOGIN = re.compile(r"//[^@]*@")
_SHORTEST_HIDDEN = 6
"""Characters of an exec plugin's variable from which on its value is no plain word."""
IN_CLUSTER = "in-cluster"


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """A server and how to reach it. `context` is the kubeconfig's name for it."""

    context: str
    server: str
    transport: Transport


def connect(*, context: str | None, kubeconfig: str | None, timeout: float) -> Connection:
    """Load the configuration; nothing is sent yet. Raises ProbeError.

    `kubeconfig` None means $KUBECONFIG, then ~/.kube/config, then the service account of the pod.
    """
    from kubernetes.client.configuration import Configuration

    configuration = Configuration()
    paths = _existing(kubeconfig)
    if paths:
        name = _load_kubeconfig(configuration, paths, context)
    else:
        name = _load_in_cluster(configuration, context)
    if not configuration.host:
        raise ProbeError("its cluster has no server", where=f"context {name}")
    try:
        transport = PoolTransport(configuration, timeout=timeout)
    except ImportError as error:
        raise ProbeError(
            f"its proxy takes one more package: {error}",
            where=f"context {name}",
            remedy="pip install PySocks",
        ) from error
    except (OSError, ValueError) as error:
        raise ProbeError(
            f"its certificates or proxy cannot be used: {error}", where=f"context {name}"
        ) from error
    server = _LOGIN.sub("//", configuration.host)
    return Connection(context=name, server=server, transport=transport)


def _existing(kubeconfig: str | None) -> str:
    """The kubeconfig paths that exist, joined as $KUBECONFIG joins them; empty for none."""
    stated = kubeconfig or os.environ.get("KUBECONFIG", "")
    candidates = [part for part in (stated or "~/.kube/config").split(os.pathsep) if part]
    found = [path for path in candidates if Path(path).expanduser().is_file()]
    if stated and not found:
        raise ProbeError("no such kubeconfig", where=stated, remedy="check the path")
    return os.pathsep.join(found)


def _load_in_cluster(configuration: Configuration, context: str | None) -> str:
    from kubernetes.config import ConfigException, load_incluster_config

    if context is not None:
        raise ProbeError(
            f"no kubeconfig holds a context {context!r}: there is no kubeconfig",
            remedy="name one with --kubeconfig",
        )
    if not _SERVICE_ACCOUNT_TOKEN.is_file():
        raise ProbeError(
            "no kubeconfig: $KUBECONFIG is not set and ~/.kube/config does not exist",
            remedy="name one with --kubeconfig, or leave the cluster out with --no-cluster",
        )
    try:
        load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    except (ConfigException, OSError) as error:
        raise ProbeError(f"the pod's service account cannot be used: {error}") from error
    return IN_CLUSTER


def _load_kubeconfig(configuration: Configuration, paths: str, context: str | None) -> str:
    import yaml
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KubeConfigMerger

    try:
        merged = KubeConfigMerger(paths).config  # type: ignore[no-untyped-call]
        document = merged.value if merged is not None else {}
        name = _chosen(document, paths, context)
        with _errors_logged() as logged:
            _load_context(configuration, paths, name)
        if logged:
            said = _without_variables(_words(logged[0]), document)
            raise ProbeError(
                f"context {name}: its credentials could not be had: {said}", where=paths
            )
    except yaml.YAMLError as error:
        place = str(getattr(error, "problem_mark", "") or "").strip()
        raise ProbeError(f"not YAML {place}".strip(), where=paths) from error
    except OSError as error:
        raise ProbeError(error.strerror or str(error), where=paths) from error
    except ConfigException as error:
        raise ProbeError(f"not a usable kubeconfig: {_words(error)}", where=paths) from None
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise ProbeError("not a kubeconfig", where=paths, remedy="check the path") from error
    return name


def _load_context(configuration: Configuration, paths: str, name: str) -> None:
    from kubernetes.config import load_kube_config

    load_kube_config(  # type: ignore[no-untyped-call]
        config_file=paths,
        context=name,
        client_configuration=configuration,
        persist_config=False,
    )


def _chosen(document: Any, paths: str, context: str | None) -> str:
    """The context to use, checked against those the file holds. Raises ProbeError."""
    entries = document.get("contexts") or ()
    known = sorted(str(entry["name"]) for entry in entries if "name" in entry)
    name = context or document.get("current-context")
    listed = ", ".join(known) or "none"
    if not name:
        raise ProbeError(
            f"no current context (it knows: {listed})", where=paths, remedy="use --context NAME"
        )
    if name not in known:
        raise ProbeError(
            f"no context {name!r} (it knows: {listed})", where=paths, remedy="use --context NAME"
        )
    return str(name)


def _words(error: object) -> str:
    """The loader quotes whole entries of the file, tokens included, from a brace on."""
    text = str(error)
    return text.partition("{")[0].strip() if text.startswith("Invalid kube-config") else text


def _without_variables(text: str, document: Any) -> str:
    """What an exec plugin says, without values of the variables that the file gives it."""
    for value in _plugin_values(document):
        if len(value) >= _SHORTEST_HIDDEN:
            text = text.replace(value, MARK)
    return redact_text(text)[0]


def _plugin_values(document: Any) -> Iterator[str]:
    for entry in document.get("users") or ():
        user = getattr(entry, "value", entry)["user"]
        plugin = user.get("exec") if isinstance(user, dict) else None
        for variable in (plugin or {}).get("env") or ():
            yield str(variable.get("value", ""))


@contextmanager
def _errors_logged() -> Iterator[list[str]]:
    """The kubernetes package logs a failed exec plugin and goes on without credentials."""
    messages: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    root, keep = logging.getLogger(), Keep(level=logging.ERROR)
    root.addHandler(keep)
    try:
        yield messages
    finally:
        root.removeHandler(keep)
