"""Words of a container: with the variables that Kubernetes fills in, and those that somebody puts
into the text before it is applied (envsubst)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from advisor.catalogs import load_catalog
from advisor.facts.record import Record
from advisor.facts.secrecy import looks_secret
from advisor.jobs.run import Variable, Whole
from advisor.jobs.word import Expansion, Word, asked_for, from_cluster, is_of_pod, joined, word
from advisor.objects.roles import WrittenTemplate
from advisor.readers.manifest.shape import Body, entries, mapping, quantity, scalar, text

_PUT_IN = re.compile(
    r"\$(?:\{(?P<braced>[A-Za-z_]\w*)(?::?[-=](?P<default>[^{}]*))?\}|(?P<bare>[A-Za-z_]\w*))"
    r"|\{\{\s*(?P<argo>(?:inputs|params|workspaces|results|context|workflow|item|steps|tasks|pod|retries|outputs)\b[^{}\s]*)\s*\}\}",
    re.ASCII,
)
_SOURCES = (
    ("secretKeyRef", "secret:{name}/{key}"),
    ("configMapKeyRef", "config:{name}/{key}"),
    ("fieldRef", "field:{fieldPath}"),
    ("resourceFieldRef", "resource:{resource}"),
    ("fileKeyRef", "file:{path}/{key}"),
)
_OF_SERVICE = re.compile(r"[A-Z][A-Z0-9_]*_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)")
_NAME = re.compile(r"[-._A-Za-z][-._A-Za-z0-9]*")
_NEVER_TEXT = frozenset(
    {
        "image",
        "replicas",
        "parallelism",
        "completions",
        "backoffLimit",
        "minReplicas",
        "maxReplicas",
    }
    | {"runAsUser", "runAsGroup", "fsGroup", "containerPort", "size", "slotsPerWorker", "namespace"}
)
_TO_FILL_IN = re.compile(r"<([^<>]+)>")
_AMOUNTS = frozenset({"limits", "requests"})


def cluster_word(text: str, names: Container[str], put_in: Collection[str] = ()) -> Word:
    """`$$` is a dollar sign, `$(NAME)` a variable of the container, or of a Service; that of no
    variable stays. `put_in` are the variables of a template."""
    return joined(
        inner
        for part in from_cluster(
            text, lambda name: name in names or _OF_SERVICE.fullmatch(name) is not None
        )
        for inner in (template_word(part, put_in).parts if isinstance(part, str) else (part,))
    )


class AnyName(Container[str]):
    """The variables of a container that takes all keys of a ConfigMap or a Secret; `of_controller`:
    its `own`, and those that its controller may add (`MASTER_ADDR`)."""

    def __init__(self, own: Collection[str] = (), *, of_controller: bool = False) -> None:
        self._own = own
        self._of_controller = of_controller

    def __contains__(self, name: object) -> bool:
        if self._of_controller:
            return isinstance(name, str) and is_of_pod(name, self._own)
        return isinstance(name, str) and _NAME.fullmatch(name) is not None


def template_names(document: Any) -> frozenset[str]:
    """The variables that somebody puts in before the object is applied: a server would refuse
    `$NAME` in these fields, and as the value of the variable NAME itself it says nothing."""
    return frozenset(_names_in(document, ""))


def _names_in(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, entry in value.items():
            telling = (
                key in _AMOUNTS or name in _NEVER_TEXT or (key == "metadata" and name == "name")
            )
            if isinstance(entry, str) and ("$" in entry or "{{" in entry):
                itself = name == "value" and names_in(entry) == {value.get("name")}
                yield from names_in(entry) if telling or itself else ()
            else:
                yield from _names_in(entry, name)
    elif isinstance(value, list):
        for entry in value:
            yield from _names_in(entry, key)


def put_in(text: str, documents: Iterable[Any], values: Mapping[str, str]) -> str:
    """The text of these documents with the values of the variables that are put in before it is
    applied; lines stay where they are."""
    wanted = {name for document in documents for name in template_names(document)}
    known = {name: values[name] for name in wanted & values.keys() if "\n" not in values[name]}
    if not known:
        return text
    return _PUT_IN.sub(lambda match: known.get(_name(match), match[0]), text)


def amount_or_word(value: Any, read: Callable[[Any], int | None] = quantity) -> Whole | None:
    """A number as `read` has it, its words where somebody puts it in (`$GPUS`, `<GPUs>`), None for
    what is neither."""
    if isinstance(value, str) and (left_open := _TO_FILL_IN.fullmatch(value.strip())):
        name = re.sub(r"\W+", "_", left_open[1]).strip("_").upper() or "VALUE"
        return Word(parts=(Expansion(source=f"${name}", kind="variable", name=name, quoted=True),))
    if isinstance(value, str) and ("$" in value or "{{" in value):
        left = names_in(value)
        return template_word(value, left) if left else None
    return read(value)


def names_in(text: str) -> set[str]:
    """Every variable that a text mentions."""
    return {_name(match) for match in _PUT_IN.finditer(text)}


def _name(match: re.Match[str]) -> str:
    return match["braced"] or match["bare"] or re.sub(r"\W+", "_", match["argo"]).strip("_")


def template_word(text: str, names: Collection[str], *, own: bool = False) -> Word:
    """The text with those variables left open, and those that a workflow fills in. `own`: no shell
    has them."""
    if ("$" not in text or not names) and "{{" not in text:
        return Word(parts=(text,) if text else ())
    parts: list[str | Expansion] = []
    end = 0
    for match in _PUT_IN.finditer(text):
        name = _name(match)
        if match["argo"]:
            left = asked_for(name, f"what the workflow puts in for {match['argo']}").parts
        elif name in names:
            left = (Expansion(source=match[0], kind="variable", name=name, quoted=True, own=own),)
        else:
            continue
        parts += [text[end : match.start()], *left]
        end = match.end()
    return joined([*parts, text[end:]])


class ControllerName(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a controller tells its pods; the table's head says what each key means."""

    group: str
    find: str
    what: str
    name: str = ""


class ControllerCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of the variables that controllers set."""

    sources: dict[str, str]
    names: tuple[ControllerName, ...]


def with_controller_names(given: Word, group: str, own: Collection[str]) -> Word:
    """The word with what the object's controller would have said left open; `own` are variables
    that the container sets itself."""
    pattern, known = _told_by(group)
    if pattern is None or not pattern.search(given.text):
        return given
    parts: list[str | Expansion] = []
    for part in given.parts:
        if not isinstance(part, str):
            parts.append(part)
            continue
        end = 0
        for match in pattern.finditer(part):
            if (match["name"] or "") in own:
                continue
            asked = next(row for row in known if re.fullmatch(row.find, match["name"] or match[0]))
            last_part = (match["name"] or match[0]).rpartition("/")[2]
            name = asked.name or re.sub(r"\W+", "_", last_part).upper()
            parts += [part[end : match.start()], *asked_for(name, asked.what).parts]
            end = match.end()
        parts.append(part[end:])
    return joined(parts)


def has_controller_names(group: str) -> bool:
    """Whether the controllers of a group of objects tell their pods who they are."""
    return _told_by(group)[0] is not None


@cache
def _told_by(group: str) -> tuple[re.Pattern[str] | None, tuple[ControllerName, ...]]:
    table = load_catalog("controller_names", ControllerCatalog).names
    known = tuple(row for row in table if row.group == group)
    names = "|".join(row.find for row in known if not row.find.startswith("/"))
    paths = "".join(f"|{row.find}" for row in known if row.find.startswith("/"))
    if not known:
        return None, ()
    reference = rf"\$(?:\(|\{{)?(?P<name>{names})(?![A-Za-z0-9_])(?:\)|[^}}\s]*\}})?"
    return re.compile(reference + paths, re.ASCII), known


def ray_words(document: Body, template: WrittenTemplate) -> tuple[Word, ...]:
    """What KubeRay has a pod of its cluster run: `ray start` with the group's parameters, on the
    head also what the object is for; no words for a pod of another kind."""
    if not scalar(document.get("apiVersion")).startswith("ray.io/"):
        return ()
    group = mapping(document, *map(str, template.path[:-1]))
    if "workerGroupSpecs" in template.path:
        groups = entries(mapping(document, *map(str, template.path[:-3])), "workerGroupSpecs")
        group = groups[int(template.path[-2])]
    given = mapping(group, "rayStartParams").items()
    parameters = [f"--{key}={scalar(value)}" for key, value in given if key != "block"]
    if "headGroupSpec" not in template.path:
        address = word("--address=") + asked_for("RAY_HEAD", "the address of the head, HOST:PORT")
        return (word("ray"), word("start"), address, *map(word, (*parameters, "--block")))
    start = ("ray", "start", "--head", *parameters)
    spec = mapping(document, "spec")
    if "serveConfigV2" in spec:
        what = "the command that serves what serveConfigV2 says, as in serve run CONFIG"
        served = word(f"{' '.join(start)} && ") + asked_for("RAY_SERVE", what)
        return (word("bash"), word("-c"), served)
    if entrypoint := scalar(spec.get("entrypoint")):
        return tuple(map(word, ("bash", "-c", f"{' '.join(start)} && {entrypoint}")))
    return tuple(map(word, (*start, "--block")))


def read_environment(container: Body, put_in: frozenset[str]) -> tuple[Variable, ...]:
    """The variables in order; a later one of the same name wins, as it does in a pod."""
    variables: dict[str, Variable] = {}
    known = AnyName() if read_sources(container) else variables
    for entry in entries(container, "env"):
        name = text(entry, "name")
        variables.pop(name, None)
        variables[name] = _variable(name, entry, known, put_in)
    return tuple(variables.values())


def _variable(name: str, entry: Body, before: Container[str], put_in: frozenset[str]) -> Variable:
    source = mapping(entry, "valueFrom")
    for kind, form in _SOURCES:
        if kind in source:
            fields = dict.fromkeys(("name", "key", "fieldPath", "resource", "path"), "")
            fields |= {key: text(source[kind], key) for key in mapping(source, kind)}
            reference = form.format_map(fields)
            return Variable(
                name=name,
                secret=kind == "secretKeyRef",
                reference=reference,
                optional=source[kind].get("optional") is True,
            )
    value = text(entry, "value")
    given = cluster_word(value, before, put_in)
    secret = looks_secret(name, "".join(part for part in given.parts if isinstance(part, str)))
    return Variable(name=name, value=given, secret=secret)


def read_sources(container: Body) -> tuple[str, ...]:
    """ConfigMaps and Secrets that give all their keys."""
    return tuple(
        f"{name}:{text(mapping(entry, kind), 'name')}"
        for entry in entries(container, "envFrom")
        for kind, name in (("configMapRef", "config"), ("secretRef", "secret"))
        if kind in entry
    )
