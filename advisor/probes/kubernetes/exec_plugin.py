"""Credentials from a program that the kubeconfig names, as kubectl runs it."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from advisor.errors import ProbeError
from advisor.facts.secrecy import MARK, redact_text
from advisor.probes.kubernetes.kubeconfig import Cluster, ExecPlugin

_GROUP = "client.authentication.k8s.io"
_VERSIONS = frozenset({f"{_GROUP}/v1", f"{_GROUP}/v1beta1"})
_MODES = frozenset({"Never", "IfAvailable", "Always"})
_CONFIGURED = f"{_GROUP}/exec"
_SHORTEST_HIDDEN = 6
"""Characters of an exec plugin's variable from which on its value is no plain word."""
_LONGEST_SAID = 500


class PluginCredentials(msgspec.Struct, frozen=True, rename="camel"):
    """What a plugin gave; `expiration_timestamp` None is never."""

    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: datetime | None = None


class _Answer(msgspec.Struct, rename="camel"):
    api_version: str = ""
    status: PluginCredentials | None = None


def check_plugin(plugin: ExecPlugin) -> None:
    """Raises ProbeError for one that kubectl would not run."""
    if not plugin.command:
        raise ProbeError("its exec plugin has no command")
    if plugin.api_version not in _VERSIONS:
        known = " or ".join(sorted(_VERSIONS))
        what = f"its exec plugin has the apiVersion {plugin.api_version or 'of no name'!r}"
        raise ProbeError(what, remedy=f"kubectl knows {known}")
    if not plugin.interactive_mode and plugin.api_version == f"{_GROUP}/v1":
        raise ProbeError(
            "its exec plugin has no interactiveMode, which v1 asks for",
            remedy="add interactiveMode: IfAvailable to the kubeconfig",
        )
    if plugin.interactive_mode and plugin.interactive_mode not in _MODES:
        raise ProbeError(f"its exec plugin has the interactiveMode {plugin.interactive_mode!r}")
    if plugin.interactive_mode == "Always":
        raise ProbeError(
            "its exec plugin asks on a terminal, and advisor gives it none",
            remedy="log in with kubectl first, or use interactiveMode: IfAvailable",
        )
    if any(not variable.name for variable in plugin.env):
        raise ProbeError("its exec plugin has a variable without a name")


def run_plugin(plugin: ExecPlugin, cluster: Cluster, seconds: float) -> PluginCredentials:
    """Run it without a terminal, for so long at most. Raises ProbeError with what it said."""
    program = os.path.basename(plugin.command)
    variables = {variable.name: variable.value for variable in plugin.env}
    environment = {**os.environ, **variables, "KUBERNETES_EXEC_INFO": _info(plugin, cluster)}
    try:
        child = subprocess.Popen(
            [plugin.command, *plugin.args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = " ".join(plugin.install_hint.split())
        raise ProbeError(
            f"its exec plugin {program} cannot be run: {reason}", remedy=hint
        ) from None
    output, errors, in_time = _ended(child, seconds)
    # The end of what it complained of, without values of variables that the kubeconfig gives it
    # and without what looks like a secret.
    secrets = variables.values()
    text = errors.decode(errors="replace").strip()
    for value in secrets:
        if len(value) >= _SHORTEST_HIDDEN:
            text = text.replace(value, MARK)
    words = " ".join(redact_text(text)[0].split())
    said = f": {words[-_LONGEST_SAID:]}" if words else ""
    if not in_time:
        raise ProbeError(
            f"its exec plugin {program} did not end in {seconds:g} s{said}",
            remedy="see what it waits for with: kubectl get --raw /version",
        )
    if child.returncode != 0:
        raise ProbeError(f"its exec plugin {program} ended with {child.returncode}{said}")
    return _understood(plugin, program, output)


def _ended(child: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, bytes, bool]:
    """What it wrote, and whether it ended in time. Its whole group ends here, however this process
    goes on: what it started would be left over."""

    def end_group() -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)

    atexit.register(end_group)
    try:
        with child:
            try:
                output, errors = child.communicate(timeout=seconds)
            except subprocess.TimeoutExpired as late:
                return b"", late.stderr or b"", False
            finally:
                end_group()
    finally:
        atexit.unregister(end_group)
    return output, errors, True


def _info(plugin: ExecPlugin, cluster: Cluster) -> str:
    spec: dict[str, Any] = {"interactive": False}
    if plugin.provide_cluster_info:
        stated = {
            "server": cluster.server,
            "tls-server-name": cluster.tls_server_name,
            "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
            "certificate-authority-data": _authority(cluster),
            "proxy-url": cluster.proxy_url,
            "disable-compression": cluster.disable_compression,
        }
        configured = (
            extension for extension in cluster.extensions if extension.get("name") == _CONFIGURED
        )
        own = next((extension.get("extension") for extension in configured), None)
        spec["cluster"] = {key: value for key, value in stated.items() if value}
        spec["cluster"] |= {} if own is None else {"config": own}
    body = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}
    return json.dumps(body)


def _authority(cluster: Cluster) -> str:
    import base64

    from advisor.probes.kubernetes.kubeconfig import content

    authority = content(
        cluster.certificate_authority_data, cluster.certificate_authority, "certificate-authority"
    )
    return base64.b64encode(authority or b"").decode()


def _understood(plugin: ExecPlugin, program: str, output: bytes) -> PluginCredentials:
    try:
        answer = msgspec.json.decode(output, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProbeError(f"its exec plugin {program} gave no ExecCredential") from None
    if answer.api_version != plugin.api_version:
        what = f"its exec plugin {program} answers in {answer.api_version or 'no apiVersion'}"
        raise ProbeError(what, remedy=f"the kubeconfig names {plugin.api_version}")
    given = answer.status or PluginCredentials()
    if bool(given.client_certificate_data) != bool(given.client_key_data):
        raise ProbeError(f"its exec plugin {program} gave a certificate or key, and not both")
    if not given.token and not given.client_key_data:
        raise ProbeError(f"its exec plugin {program} gave neither token nor certificate")
    return given
