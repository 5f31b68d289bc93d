"""The survey script with its settings, for hosts, and as a DaemonSet for the nodes of a cluster."""

from __future__ import annotations

import re
import shlex
import textwrap
from importlib.resources import files

import msgspec

from advisor.errors import InputError
from advisor.facts.image_reference import is_image_name

NAMESPACE = "advisor-nodes"
NAME = "advisor-nodes"
LABEL = "app.kubernetes.io/name"
CONTAINER = "survey"
NOBODY = 65534
_TARGET = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):(\d{1,5})")
_LABEL_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_LONGEST_IMAGE = 512
_LAST_PORT = 65535


class SurveyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`reach` are HOST:PORT that each machine tries to connect to; `images` asks its container
    runtime for all images. Raises InputError (`check`) for a target that is none."""

    reach: tuple[str, ...] = ()
    images: bool = False

    def check(self) -> None:
        """Raises InputError for a target that cannot be tried."""
        for target in self.reach:
            match = _TARGET.fullmatch(target)
            if match is None or not 0 < int(match[1]) <= _LAST_PORT:
                raise InputError(
                    f"--reach {target} is no HOST:PORT", remedy="for example registry.example:443"
                )


def survey_script(options: SurveyOptions) -> str:
    """The script for a host, settings and all."""
    options.check()
    return "#!/bin/sh\n" + _settings(options) + _script()


def node_manifest(image: str, namespace: str, options: SurveyOptions) -> str:
    """The YAML text of a DaemonSet that prints each node's line, and of its namespace where that is
    the usual one. Raises InputError for a name that Kubernetes does not take."""
    options.check()
    if not is_image_name(image) or len(image) > _LONGEST_IMAGE:
        raise InputError(
            f"--image {image} is no name of an image", remedy="as in: --image busybox:1.36"
        )
    check_namespace(namespace)
    settings = f"SURVEY_ROOT=/host\n{_settings(options)}"
    waiting = "\ntrap 'exit 0' TERM INT\nwhile :; do sleep 3600 & wait \"$!\"; done\n"
    # The kubelet takes `$$` and `$(NAME)` for its own; the script has neither.
    script = textwrap.indent(settings + _script() + waiting, " " * 14, lambda _: True)
    return _MANIFEST.format(
        name=NAME,
        label=LABEL,
        container=CONTAINER,
        namespace=namespace,
        own_namespace=_OWN_NAMESPACE if namespace == NAMESPACE else "",
        image=image,
        script="\n".join(line.rstrip() for line in script.splitlines()),
        user=0 if options.images else NOBODY,
        root="false" if options.images else "true",
        network=_NODE_NETWORK if options.reach else "",
        why_user=_FOR_SOCKET if options.images else "",
    )


def role_manifest(namespace: str) -> str:
    """The right to read the lines, as a Role of that namespace and nothing else."""
    check_namespace(namespace)
    return _ROLE.format(name=NAME, namespace=namespace)


def removal(namespace: str) -> str:
    """The command that removes what the manifest made; another's namespace is left."""
    check_namespace(namespace)
    if namespace == NAMESPACE:
        return f"kubectl delete namespace {namespace}"
    return f"kubectl delete daemonset,role,rolebinding {NAME} -n {namespace} --ignore-not-found"


def check_namespace(namespace: str) -> None:
    """Raises InputError for what is no name of a namespace."""
    if _LABEL_NAME.fullmatch(namespace) is None:
        raise InputError(
            f"'{namespace}' is no name of a namespace", remedy="small letters, digits and dashes"
        )


def _settings(options: SurveyOptions) -> str:
    said = f"SURVEY_REACH={shlex.quote(' '.join(options.reach))}\n" if options.reach else ""
    return said + ("SURVEY_IMAGES=1\n" if options.images else "")


def _script() -> str:
    return (files("advisor.probes.survey") / "survey.sh").read_text(encoding="utf-8")


_NODE_NETWORK = """\
      # Names are looked up and connections made as the node's own container runtime does.
      hostNetwork: true
      dnsPolicy: Default
"""
_FOR_SOCKET = " # the socket of the container runtime is root's"
_OWN_NAMESPACE = f"""\
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  labels:
    # A hostPath volume is all that takes this level.
    pod-security.kubernetes.io/enforce: privileged
---
"""
_MANIFEST = """\
# One pod on each node prints one line about its machine and then sleeps. It changes nothing there.
#
#   kubectl apply -f nodes.yaml
#   advisor audit --node-facts
#
# The node's / is mounted read-only, to see which filesystem holds which path and how full it is.
# The pod has no token, no capability and no right to write.
{own_namespace}apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    {label}: {name}
spec:
  selector:
    matchLabels:
      {label}: {name}
  template:
    metadata:
      labels:
        {label}: {name}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 5
      nodeSelector:
        kubernetes.io/os: linux
      tolerations:
        - operator: Exists
{network}\
      securityContext:
        runAsNonRoot: {root}
        runAsUser: {user}{why_user}
        runAsGroup: {user}
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: {container}
          image: "{image}"
          env:
            - name: SURVEY_NODE
              valueFrom:
                fieldRef:
                  fieldPath: spec.nodeName
          command:
            - sh
            - -c
            - |
{script}
          resources:
            requests:
              cpu: 10m
              memory: 16Mi
            limits:
              cpu: 500m
              memory: 64Mi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: host
              mountPath: /host
              readOnly: true
              mountPropagation: HostToContainer
      volumes:
        - name: host
          hostPath:
            path: /
            type: Directory
"""
_ROLE = """\
# What `advisor audit --node-facts` reads beside the rights of clusterrole.yaml: the lines that the
# pods of `advisor nodes manifest` print, in their own namespace and nowhere else.
#
#   kubectl apply -f node-facts-role.yaml
#   kubectl create rolebinding {name} -n {namespace} --role={name} --user=NAME
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {name}
  namespace: {namespace}
rules:
  - apiGroups: [""]
    resources: [pods/log] # one line of each node
    verbs: [get]
"""
