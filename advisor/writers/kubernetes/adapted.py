"""A manifest that stays what it is: only what the target needs otherwise is changed in it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from advisor.facts.secrecy import redact_image, redact_named
from advisor.jobs.ledger import Entry, Fate, Item
from advisor.jobs.run import Run, RunMount
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Translation
from advisor.jobs.word import Word, word
from advisor.objects.kinds import object_templates
from advisor.objects.roles import Path, WrittenTemplate
from advisor.readers.gpu_evidence import evidence_table
from advisor.readers.manifest.container import CDI, unscheduled_gpus, vendor_of
from advisor.readers.manifest.run import main_container
from advisor.readers.manifest.shape import Body, entries, mapping, scalars, spelled, text
from advisor.readers.manifest.words import read_environment
from advisor.readers.manifest.workflows import is_workflow
from advisor.writers.data import locate
from advisor.writers.gpus import gpu_need
from advisor.writers.image import place_image
from advisor.writers.kubernetes.container import toleration_body
from advisor.writers.kubernetes.draft import PLACEHOLDER
from advisor.writers.kubernetes.environment import (
    drop_last_applied,
    withhold_command,
    withhold_fields,
)
from advisor.writers.kubernetes.text import manifest_text
from advisor.writers.names import object_name
from advisor.writers.open_values import shell_name
from advisor.writers.shell_text import quote_words, step, variable_word

_OF_SERVER = frozenset(
    {"creationTimestamp", "managedFields", "uid", "resourceVersion", "generation", "selfLink"}
)
_PULL = {"Always": "always", "IfNotPresent": "missing", "Never": "never"}


_FILLED_IN = re.compile(r"\{\{|\$\(")
"""What a workflow puts its own values in for."""
_OF_CONTAINER = 3
"""Steps to one field of a container."""


class _Change(NamedTuple):
    """The fate of the field called `name` in the adapted object, and why."""

    name: str
    fate: Fate
    reason: str
    output: str


def can_adapt(spec: JobSpec) -> bool:
    """Whether the job came as an object that has its pod templates in it."""
    if spec.document is None:
        return False
    templates, _ = object_templates(spec.document)
    pod = spec.document.get("kind") == "Pod"
    return bool(templates) and all(template.path or pod for template in templates)


def write_adapted(spec: JobSpec, situation: Situation) -> Translation:
    """The object itself, changed in all of its templates. ValueError where `can_adapt` says no."""
    if spec.document is None:
        raise ValueError(f"{spec.label} was not read from a manifest")
    adapting = _Adapting(_clean(spec.document), spec, situation)
    adapting.change()
    adapting.make_secret()
    known = {change.name: change for change in adapting.changes}
    entries_ = [_entry(item, known.get(item.name)) for item in spec.items]
    added = [
        Entry(
            item=Item(name=f"added: {addition.name}"),
            fate=addition.fate,
            reason=addition.reason,
            output=addition.output,
        )
        for addition in adapting.added
    ]
    open_ = [change for change in adapting.changes if change.fate == "unresolved"]
    return Translation(
        target="kubernetes",
        text=manifest_text([adapting.document]),
        ledger=(*entries_, *added),
        before=tuple(adapting.before),
        missing=tuple(dict.fromkeys(f"{change.name}: {change.reason}" for change in open_)),
        documents=(adapting.document,),
    )


def _clean(document: Body) -> Body:
    """A copy without what a server has set."""
    copied = copy.deepcopy(document)
    copied.pop("status", None)
    metadata = copied.get("metadata")
    if isinstance(metadata, dict):
        for key in _OF_SERVER & metadata.keys():
            del metadata[key]
    return copied


def _entry(item: Item, change: _Change | None) -> Entry:
    if change is None and item.expansions:
        names = " and ".join(dict.fromkeys(expansion.source for expansion in item.expansions))
        how = " ".join(f"--set {expansion.name}=VALUE" for expansion in item.expansions)
        reason = f"{names} is put in before the object is applied: do that, or give {how}"
        return Entry(item=item, fate="unresolved", reason=reason, output=item.name)
    if change is None:
        return Entry(item=item, fate="mapped", reason="the same field", output=item.name)
    return Entry(item=item, fate=change.fate, reason=change.reason, output=change.output)


class _Adapting:
    """An object being changed, and the changes made."""

    def __init__(self, document: Body, spec: JobSpec, situation: Situation) -> None:
        self.document = document
        self.changes: list[_Change] = []
        self.added: list[_Change] = []
        self.before: list[str] = []
        self._keys: list[str] = []
        self._parts: dict[Path, Path] = {}
        self._spec = spec
        self._situation = situation
        metadata = mapping(document, "metadata")
        self._name = object_name(text(metadata, "name") or text(metadata, "generateName"))
        self._namespace = text(metadata, "namespace") or situation.namespace

    def change(self) -> None:
        """Every template in turn; a namespace where the object names none."""
        metadata = self.document.get("metadata")
        if self._namespace and isinstance(metadata, dict) and not metadata.get("namespace"):
            metadata["namespace"] = self._namespace
            reason = "the namespace that was given"
            self._add("namespace", reason, f"metadata.namespace: {self._namespace}")
        for template in object_templates(self.document)[0]:
            self._parts = {
                (*template.path, "spec", *inside): written
                for written, inside in template.parts.items()
            }
            if isinstance(template.spec, dict):
                self._change_pod(template.spec, template.metadata, (*template.path, "spec"))
                self._put_back(template)
        drop_last_applied(self.document)
        for withheld in withhold_fields(self.document):
            reason = (
                "a secret is not repeated: put it in place of the placeholder where the object is"
                " applied, or have the program take it from a Secret"
            )
            self._note(withheld.path, "unresolved", reason, f"{PLACEHOLDER}{withheld.holder}")

    def _put_back(self, template: WrittenTemplate) -> None:
        """What was changed of a container that is put together from fields of the object."""
        for written, inside in template.parts.items():
            holder = mapping(self.document, *map(str, written[:-1]))
            if len(inside) == _OF_CONTAINER and written[-1] in holder:
                holder[str(written[-1])] = template.spec["containers"][0][inside[-1]]

    def _change_pod(self, pod: Body, metadata: Body, path: Path) -> None:
        main = main_container(pod, metadata)
        for container, where in _containers(pod, path):
            left = is_workflow(self.document) and _FILLED_IN.search(text(container, "image"))
            if "image" in container and not left:
                self._change_image(container, where)
            self._change_variables(container, where)
            self._change_command(container, where)
        mounts = _mounts(pod)
        for index, volume in enumerate(entries(pod, "volumes")):
            if "hostPath" in volume:
                mounted = mounts.get(text(volume, "name"), [])
                self._change_volume(mounted, volume, (*path, "volumes", index))
        _share_volumes(pod, mounts)
        self._ask_for_gpus(pod, metadata, main, path)
        asks = any(_asks_for_gpu(container) for container, _ in _containers(pod, path))
        if asks and not self._parts:  # what was put together is no place to add to
            self._reach_gpu_nodes(pod)

    def _change_image(self, container: Body, path: Path) -> None:
        policy = text(container, "imagePullPolicy")
        run = Run(image=word(redact_image(text(container, "image"))), pull=_PULL.get(policy, ""))
        placed = place_image(run, self._for_image(run.image.text))
        image = placed.name.literal or run.image.text
        container["image"] = image
        self._note((*path, "image"), placed.fate, placed.reason, f"image: {image}")
        if placed.push:
            self.before.append(placed.push)
        if placed.policy != policy and policy:
            reason = "an image that is in a registry has to be pulled by the other nodes"
            self._note((*path, "imagePullPolicy"), "changed", reason, placed.policy or "(default)")
            container.pop("imagePullPolicy")
        if placed.policy and placed.policy != policy:
            container["imagePullPolicy"] = placed.policy
            if not policy:
                self._add("pull", "the image is used as it is on its node", placed.policy)

    def _for_image(self, image: str) -> Situation:
        """The situation with this image's own outcome: a pod may have several images."""
        outcomes = self._situation.outcomes
        own = outcomes.get(f"image:{image}")
        if own is None:
            return self._situation
        return replace(self._situation, outcomes={**outcomes, "image": own})

    def _change_variables(self, container: Body, path: Path) -> None:
        """Move secrets that are written in the object into a Secret."""
        for index, entry in enumerate(entries(container, "env")):
            name, value = text(entry, "name"), text(entry, "value")
            if not value or value.startswith("$(") or redact_named(name, value) == value:
                continue
            key = shell_name(name)
            del entry["value"]
            entry["valueFrom"] = self._from_secret(key)
            secret = entry["valueFrom"]["secretKeyRef"]["name"]
            reason = f"its value is not written down: it comes from the Secret {secret}"
            self._note((*path, "env", index), "changed", reason, f"{name} from {secret}/{key}")

    def _change_command(self, container: Body, path: Path) -> None:
        """Secrets among the words become variables that a Secret gives."""
        for withheld in withhold_command(container, path):
            variables = container.setdefault("env", [])
            if all(
                variable.get("name") != withheld.holder for variable in entries(container, "env")
            ):
                variables.append(
                    {"name": withheld.holder, "valueFrom": self._from_secret(withheld.holder)}
                )
            reason = f"a secret in it is the variable {withheld.holder}, which a Secret gives"
            self._note(withheld.path, "changed", reason, f"$({withheld.holder})")

    def _from_secret(self, key: str) -> Body:
        """Where a variable comes from, and the step that makes the Secret."""
        secret = object_name(f"{self._name}-secrets")
        if key not in self._keys:
            self._keys.append(key)
        return {"secretKeyRef": {"name": secret, "key": key}}

    def make_secret(self) -> None:
        """The command that makes the Secret the variables come from."""
        if not self._keys:
            return
        words: list[Word] = [
            *map(word, (*self._kubectl(), "create", "secret", "generic")),
            word(object_name(f"{self._name}-secrets")),
            *(word(f"--from-literal={key}=") + variable_word(key) for key in self._keys),
        ]
        self._step(f"the Secret, from the shell's own {', '.join(self._keys)}", quote_words(words))

    def _change_volume(self, mounted: Sequence[Body], volume: Body, path: Path) -> None:
        source = text(mapping(volume, "hostPath"), "path")
        target = text(mounted[0], "mountPath") if mounted else ""
        mount = RunMount(kind="hostPath", source=word(source), target=word(target))
        run = Run(image=word("image"), mounts=(mount,))
        place = locate(mount, run, self._situation)
        body: Body = {}
        if place.form == "nfs":
            body = {"nfs": {"server": place.server, "path": place.source.text}}
        elif place.form == "claim":
            body = {"persistentVolumeClaim": {"claimName": place.source.text}}
            if place.sub_path:
                _put_below(mounted, place.sub_path)
        elif place.form == "none":
            claim = object_name(f"{PLACEHOLDER}{source}")
            body = {"persistentVolumeClaim": {"claimName": claim}}
        output = next(iter(body), "hostPath")
        if body:
            del volume["hostPath"]
            volume.update(body)
        fate: Fate = "changed" if body and place.fate == "mapped" else place.fate
        self._note(path, fate, place.reason, output)

    def _ask_for_gpus(self, pod: Body, metadata: Body, main: Body, path: Path) -> None:
        """A number in place of devices that the runtime would hand out past the scheduler."""
        annotations = mapping(metadata, "annotations")
        given = unscheduled_gpus(
            scalars(annotations),
            text(pod, "runtimeClassName"),
            read_environment(main, frozenset()),
        )
        if not given or self._spec.run is None or self._parts or _asks_for_gpu(main):
            return
        need = gpu_need(self._spec.run, self._situation)
        if need is None or need.portion or need.memory:
            return
        main.setdefault("resources", {}).setdefault("limits", {})[need.resource] = need.number
        output = f"resources.limits {need.resource}: {need.number}"
        at = next(where for container, where in _containers(pod, path) if container is main)
        for key in [key for key in annotations if key.startswith(CDI)]:
            del annotations[key]
            reason = f"no scheduler sees what it gives. {need.reason}"
            self._note((*path[:-1], "metadata", "annotations", key), "changed", reason, output)
        if not annotations:
            metadata.pop("annotations", None)
        if "runtimeClassName" in pod:
            reason = f"its GPUs are asked for as well. {need.reason}"
            self._note((*path, "runtimeClassName"), "changed", reason, output)
        by_runtime = {runtime.variable for runtime in evidence_table().runtimes}
        variables = main.get("env")
        for index, entry in reversed(list(enumerate(entries(main, "env")))):
            if text(entry, "name") in by_runtime and isinstance(variables, list):
                variables.remove(entry)
                reason = f"the cluster sets it. {need.reason}"
                self._note((*at, "env", index), "changed", reason, output)

    def _reach_gpu_nodes(self, pod: Body) -> None:
        tolerated = pod.get("tolerations")
        for toleration in self._situation.tolerations:
            body = toleration_body(toleration)
            if isinstance(tolerated, list) and body in tolerated:
                continue
            tolerated = pod.setdefault("tolerations", [])
            tolerated.append(body)
            self._add("tolerations", "a taint of the target's GPU nodes", toleration.key)
        for key, value in self._situation.node_selector.items():
            selector = pod.setdefault("nodeSelector", {})
            if key not in selector:
                selector[key] = value
                self._add("node_selector", "chooses the target's GPU nodes", f"{key}: {value}")

    def _kubectl(self) -> tuple[str, ...]:
        return ("kubectl", "-n", self._namespace) if self._namespace else ("kubectl",)

    def _note(self, path: Path, fate: Fate, reason: str, output: str) -> None:
        for inside, written in self._parts.items():
            if path[: len(inside)] == inside:
                path = (*written, *path[len(inside) :])
                break
        self.changes.append(_Change(spelled(path), fate, reason, output))

    def _add(self, name: str, reason: str, output: str) -> None:
        added = _Change(name, "mapped", reason, output)
        if added not in self.added:
            self.added.append(added)

    def _step(self, why: str, command: str) -> None:
        text = step(why, command)
        if text not in self.before:
            self.before.append(text)


def _containers(pod: Body, path: Path) -> Iterator[tuple[Body, Path]]:
    for key in ("initContainers", "containers"):
        for index, container in enumerate(entries(pod, key)):
            yield container, (*path, key, index)


def _asks_for_gpu(container: Body) -> bool:
    limits = mapping(container, "resources", "limits")
    return any(vendor_of(name) for name in limits)


def _mounts(pod: Body) -> dict[str, list[Body]]:
    """Where its containers have each volume, the first container first."""
    mounts: dict[str, list[Body]] = {}
    for container, _ in _containers(pod, ()):
        for mount in entries(container, "volumeMounts"):
            mounts.setdefault(text(mount, "name"), []).append(mount)
    return mounts


def _share_volumes(pod: Body, mounts: Mapping[str, Sequence[Body]]) -> None:
    """One volume for all mounts from a claim: with two a kubelet may wait for ever."""
    by_claim: dict[str, Body] = {}
    kept: list[Body] = []
    for volume in entries(pod, "volumes"):
        claim = volume.get("persistentVolumeClaim")
        first = by_claim.setdefault(repr(claim), volume) if claim else volume
        if first is volume:
            kept.append(volume)
            continue
        for mount in mounts.get(text(volume, "name"), ()):
            mount["name"] = first["name"]
    if kept:
        pod["volumes"] = kept


def _put_below(mounted: Sequence[Body], below: str) -> None:
    for mount in mounted:
        inner = text(mount, "subPath")
        mount["subPath"] = f"{below}/{inner}" if inner else below
