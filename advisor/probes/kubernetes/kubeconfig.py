"""What kubeconfig files say of a context, read and merged as kubectl does."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from advisor.errors import ProbeError, misfit

ONLY_KIND = ("v1", "Config")


class _Wire(msgspec.Struct, rename="kebab", kw_only=True):
    """A part of a kubeconfig; fields that are not named here are passed over, as by kubectl."""


class Cluster(_Wire):
    """A server; `extensions` are handed to exec plugins."""

    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    proxy_url: str = ""
    disable_compression: bool = False
    extensions: list[dict[str, Any]] = []


class Variable(_Wire):
    """A variable in the environment of an exec plugin."""

    name: str = ""
    value: str = ""


class ExecPlugin(_Wire, rename="camel"):
    """A program that gives credentials."""

    command: str = ""
    args: list[str] = []
    env: list[Variable] = []
    api_version: str = ""
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""


class AuthProvider(_Wire):
    """Credentials of a kind that was built into kubectl once; `oidc` still is."""

    name: str = ""
    config: dict[str, str] = {}


class User(_Wire):
    """The credentials of a user, and whom they impersonate."""

    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    username: str = ""
    password: str = ""
    act_as: str = msgspec.field(default="", name="as")
    act_as_uid: str = msgspec.field(default="", name="as-uid")
    act_as_groups: list[str] = msgspec.field(default_factory=list, name="as-groups")
    act_as_extra: dict[str, list[str]] = msgspec.field(default_factory=dict, name="as-user-extra")
    exec: ExecPlugin | None = None
    auth_provider: AuthProvider | None = None


class Context(_Wire):
    """A user at a cluster."""

    cluster: str = ""
    user: str = ""


class _Named(_Wire):
    name: str = ""
    cluster: Cluster = msgspec.field(default_factory=Cluster)
    user: User = msgspec.field(default_factory=User)


class _NamedContext(_Wire):
    name: str = ""
    context: Context = msgspec.field(default_factory=Context)


class _File(_Wire):
    api_version: str = msgspec.field(default="", name="apiVersion")
    kind: str = ""
    current_context: str = ""
    clusters: list[_Named] = []
    users: list[_Named] = []
    contexts: list[_NamedContext] = []


class Kubeconfig(msgspec.Struct, kw_only=True):
    """Several files as one. `where` names them."""

    where: str
    current_context: str = ""
    clusters: dict[str, Cluster] = {}
    users: dict[str, User] = {}
    contexts: dict[str, Context] = {}

    @property
    def empty(self) -> bool:
        """Whether nothing is in any of the files."""
        return not (self.clusters or self.users or self.contexts or self.current_context)


def kubeconfig_paths(stated: str | None) -> list[Path]:
    """The files that are there: the one that is named, those of $KUBECONFIG, or ~/.kube/config.

    Raises ProbeError for a named one that is not there, and where none of $KUBECONFIG's is.
    """
    listed = os.environ.get("KUBECONFIG", "")
    if stated:
        candidates = [Path(stated).expanduser()]
    elif listed:
        candidates = [Path(part) for part in dict.fromkeys(listed.split(os.pathsep)) if part]
    else:
        candidates = [Path("~/.kube/config").expanduser()]
    existing = [path for path in candidates if path.exists()]
    if not existing and (stated or listed):
        raise ProbeError("no such kubeconfig", where=stated or listed, remedy="check the path")
    return existing


def load_kubeconfig(paths: Sequence[Path]) -> Kubeconfig:
    """The first file that has an entry of a name, or a current context, counts. Raises ProbeError
    for a file that is no kubeconfig; an empty one is fine."""
    merged = Kubeconfig(where=os.pathsep.join(map(str, paths)))
    for path in paths:
        file = _read(path)
        for cluster in file.clusters:
            _resolve(cluster.cluster, ("certificate_authority",), path)
        for user in file.users:
            _resolve(user.user, ("client_certificate", "client_key", "token_file"), path)
            if user.user.exec is not None and os.sep in user.user.exec.command:
                _resolve(user.user.exec, ("command",), path)
        merged.current_context = merged.current_context or file.current_context
        merged.clusters = _by_name("clusters", file.clusters, "cluster", path) | merged.clusters
        merged.users = _by_name("users", file.users, "user", path) | merged.users
        merged.contexts = _by_name("contexts", file.contexts, "context", path) | merged.contexts
    return merged


_MEND = "mend the file, or name another one with --kubeconfig"


def _read(path: Path) -> _File:
    try:
        document = yaml.load(path.read_bytes(), Loader=_loader())  # noqa: S506
        file = msgspec.convert(_without_nulls(document or {}), _File)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ProbeError("not YAML", where=where, remedy=_MEND) from error
    except OSError as error:
        reason = f"cannot be read: {(error.strerror or str(error)).lower()}"
        raise ProbeError(reason, where=str(path), remedy=_MEND) from error
    except msgspec.ValidationError as error:
        # Its words name a field and two types, never a value.
        reason = f"not a kubeconfig: {misfit(str(error))}"
        raise ProbeError(reason, where=str(path), remedy="check the path") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise ProbeError("not a kubeconfig", where=str(path), remedy="check the path") from error
    stated = (file.api_version or "v1", file.kind or "Config")
    if stated != ONLY_KIND:
        reason = f"not a kubeconfig: it is a {stated[1]} of {stated[0]}"
        raise ProbeError(reason, where=str(path), remedy="check the path")
    return file


def _loader() -> Any:
    """YAML in which a date is text: kubectl takes it for a name or token, too."""

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers = {
            first: [
                resolver for resolver in resolvers if resolver[0] != "tag:yaml.org,2002:timestamp"
            ]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    return Loader


def _without_nulls(value: Any) -> Any:
    """A key with nothing behind it counts as one that is not there."""
    if isinstance(value, dict):
        return {key: _without_nulls(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [_without_nulls(entry) for entry in value if entry is not None]
    return value


def _resolve(record: msgspec.Struct, fields: Iterable[str], file: Path) -> None:
    """The path; a relative one starts at the kubeconfig's own folder."""
    for field in fields:
        if stated := getattr(record, field):
            setattr(record, field, os.path.join(os.path.abspath(file.parent), stated))


def _by_name(kind: str, entries: Iterable[Any], field: str, path: Path) -> dict[str, Any]:
    by_name: dict[str, Any] = {}
    for entry in entries:
        if entry.name in by_name:
            reason = f"two of its {kind} are called {entry.name!r}"
            raise ProbeError(reason, where=str(path), remedy="take one of them out")
        by_name[entry.name] = getattr(entry, field)
    return by_name


def content(data: str, path: str, what: str) -> bytes | None:
    """The bytes of `*-data`, or those of a file; None without either. Raises ProbeError."""
    try:
        if data:
            return base64.b64decode("".join(data.split()), validate=True)
        return Path(path).read_bytes() if path else None
    except binascii.Error as error:
        raise ProbeError(f"its {what}-data is not base64") from error
    except OSError as error:
        reason = f"its {what} cannot be read: {error.strerror}"
        raise ProbeError(reason, where=path, remedy="check the path in the kubeconfig") from error
