"""Every script and manifest of a plan as text by its path; what is to be run first is first."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from advisor.errors import one_line
from advisor.facts.host import DockerHost
from advisor.facts.image_reference import is_image_id
from advisor.placement.image_inventory import reference_of
from advisor.planning.manifests import Manifest, job_manifests, storage_manifests
from advisor.planning.names import (
    RESUMED,
    SAME,
    STORAGE_SCRIPT,
    ObjectNames,
    copy_scripts,
    node_scripts,
)
from advisor.planning.plan import (
    PLACEHOLDER_REGISTRY,
    DataPlan,
    Plan,
)
from advisor.planning.status import copy_key
from advisor.writers import shell_text
from advisor.writers.shell_text import comment, quote_visibly

_FOLDER = "plan"


class Engine(NamedTuple):
    """How a host's engine is reached: its URL, and whether it is podman's."""

    url: str
    podman: bool

    @property
    def command(self) -> tuple[str, ...]:
        """The words that its commands begin with."""
        if self.podman:
            return ("podman", "--remote", f"--url={self.url}")
        return ("docker", f"--host={self.url}")


class Engines(NamedTuple):
    """The engine that holds an image by host name and id, or a container by host name and its id or
    name: one machine may run several engines."""

    images: Mapping[tuple[str, str], Engine]
    containers: Mapping[tuple[str, str], Engine]


def engines_of(hosts: Iterable[DockerHost]) -> Engines:
    """The engines of the hosts that were read."""
    images: dict[tuple[str, str], Engine] = {}
    containers: dict[tuple[str, str], Engine] = {}
    for host in hosts:
        engine = Engine(host.url, host.engine == "podman")
        images |= {(host.name, image.id): engine for image in host.images or ()}
        for container in host.containers or ():
            containers[host.name, container.id] = containers[host.name, container.name] = engine
    return Engines(images, containers)


class PlanFile(NamedTuple):
    """`about` is one line for the README; a script can be run."""

    text: str
    about: str = ""
    script: bool = False


def plan_files(plan: Plan, engines: Engines) -> dict[str, PlanFile]:
    """The files by path, in the order in which they are used."""
    files: dict[str, PlanFile] = {}
    files |= _commits(plan, engines)
    files |= _images(plan, engines)
    files |= _node_images(plan)
    files |= _own_runtimes(plan, engines)
    files |= _storage(plan)
    files |= _copies(plan)
    if plan.gives_pull_secret:
        files |= _secrets(plan)
    files |= _variables(plan, engines)
    files |= _jobs(plan)
    if files:
        files["common.sh"] = PlanFile(_render("common.sh.j2"), "what the scripts share")
    return files


def _by_engine(
    number: str, template: str, about: str, work: Iterable[tuple[str, Engine, Any]], **values: Any
) -> Iterable[tuple[str, PlanFile]]:
    """A script for each engine of which there is work: the host, its engine and what to do there.
    `about` has `{host}` where the host's name goes, and `{count}`."""
    by_engine: dict[tuple[str, Engine], list[Any]] = defaultdict(list)
    for host, engine, what in work:
        by_engine[host, engine].append(what)
    names = ObjectNames()
    for (host, engine), works in by_engine.items():
        file = f"{number}-{names.name(host, engine.url)}.sh"
        text = _render(template, file=file, host=host, engine=engine, work=works, **values)
        yield file, PlanFile(text, about.format(host=host, count=len(works)), True)


def _commits(plan: Plan, engines: Engines) -> Iterable[tuple[str, PlanFile]]:
    work = ((step.host, engines.containers[step.host, step.id], step) for step in plan.commits)
    about = "keeps changes inside of containers of {host}"
    return _by_engine("05-commit", "commits.sh.j2", about, work)


def _images(plan: Plan, engines: Engines) -> Iterable[tuple[str, PlanFile]]:
    if plan.registry == PLACEHOLDER_REGISTRY:
        return ()
    work = (
        (
            image.source_host,
            engines.images[image.source_host, image.content],
            (image, (image.push_bytes or 0) // 1024),
        )
        for image in plan.pushed
        if is_image_id(image.content)
    )
    about = "pushes images of {host}: {count}"
    return _by_engine("10-images", "images.sh.j2", about, work, registry=plan.registry)


def _node_images(plan: Plan) -> Iterable[tuple[str, PlanFile]]:
    for file, images in node_scripts(plan).items():
        node = images[0].source_node
        title = f"Pushes images that only nodes hold, from {node} to {plan.registry}: {len(images)}"
        text = _render("node_images.sh.j2", file=file, title=title, node=node, images=images)
        yield file, PlanFile(text, f"pushes images of the node {node}: {len(images)}", True)


def _own_runtimes(plan: Plan, engines: Engines) -> Iterable[tuple[str, PlanFile]]:
    for runtime in dict.fromkeys(image.runtime for image in plan.images if image.runtime):
        work = (
            (
                image.source_host,
                engines.images[image.source_host, image.content],
                (name, reference.key),
            )
            for image in plan.images
            if image.runtime == runtime and is_image_id(image.content)
            for name in image.names
            if (reference := reference_of(name)) is not None
        )
        about = f"gives images of {{host}} to {runtime}: {{count}}"
        yield from _by_engine("18-runtime", "runtime.sh.j2", about, work, runtime=runtime)


def _storage(plan: Plan) -> Iterable[tuple[str, PlanFile]]:
    explanation = (
        "  --size CLAIM=AMOUNT    of one whose size is not known, such as data-x=200Gi; repeatable",
        "  --class CLASS          for claims for which no fit storage class is known",
        "Claims belong to one namespace: run this for each that needs the data.",
    )
    yield from _objects(
        STORAGE_SCRIPT, "Makes claims and volumes", storage_manifests(plan), (), explanation
    )


def _jobs(plan: Plan) -> Iterable[tuple[str, PlanFile]]:
    made = job_manifests(plan)
    explanation = ("  --wave NUMBER          only the jobs of this wave",)
    yield from _objects(
        "50-jobs.sh", "Starts the jobs", made.objects, made.left_out, explanation, waves=True
    )
    for job, texts in _commands(plan):
        yield from ((f"jobs/{job}-{target}.txt", PlanFile(text)) for target, text in texts)


def _objects(
    file: str,
    title: str,
    objects: Sequence[Manifest],
    left_out: Sequence[str],
    explanation: Sequence[str],
    *,
    waves: bool = False,
) -> Iterable[tuple[str, PlanFile]]:
    if not objects and not left_out:
        return
    text = _render(
        "objects.sh.j2",
        file=file,
        title=f"{title}: {len(objects)}",
        objects=objects,
        left_out=left_out,
        explanation=explanation,
        waves=waves,
    )
    yield file, PlanFile(text, f"{title.lower()}: {len(objects)}", True)
    for entry in objects:
        yield f"manifests/{entry.file}", PlanFile(entry.text)


def _copies(plan: Plan) -> Iterable[tuple[str, PlanFile]]:
    scripts = copy_scripts(plan.copied)
    for place in plan.copied:
        if place.id not in scripts:
            continue
        file, image = scripts[place.id], _image_for(place, plan)
        text = _render(
            "data.sh.j2",
            file=file,
            label=place.label,
            source=place.source_path,
            host=place.source_host,
            claim=place.claim.name if place.claim is not None else "",
            image=image,
            image_note=f"; {image} unless given" if image else "",
            pull_secret=plan.pull_secret.name if plan.gives_pull_secret else "",
            id=place.id,
            same=SAME,
            resumed=RESUMED,
        )
        yield file, PlanFile(text, f"copies {place.label}", True)


def _image_for(place: DataPlan, plan: Plan) -> str:
    """One that nodes can pull by then: that of a job which has this data."""
    images = {image.id: image for image in plan.images}
    return next(
        (
            images[key].target
            for job in plan.jobs
            if place.id in job.data
            for key in job.images
            if images[key].action in ("push", "push-from-node", "use") and images[key].target
        ),
        "",
    )


def _secrets(plan: Plan) -> Iterable[tuple[str, PlanFile]]:
    file = "40-pull-secrets.sh"
    text = _render(
        "secrets.sh.j2",
        file=file,
        name=plan.pull_secret.name,
        registry=plan.registry.partition("/")[0],
        namespaces=plan.pull_secret.namespaces or (),
    )
    yield file, PlanFile(text, "gives namespaces the secret to pull with", True)


def _variables(plan: Plan, engines: Engines) -> Iterable[tuple[str, PlanFile]]:
    work = (
        (job.host, engines.containers[job.host, container], (container, job))
        for job in plan.jobs
        for container in (job.id.removeprefix(f"container:{job.host}/"),)
        if job.variables
    )
    about = "makes Secrets of variables of containers of {host}"
    return _by_engine("45-variables", "variables.sh.j2", about, work)


def _commands(plan: Plan) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    names = ObjectNames()
    for job in plan.jobs:
        texts = [
            (command.target, _command_text(command.before, command.text, command.missing))
            for command in job.commands
            if command.target != "kubernetes" and command.text
        ]
        if texts:
            yield names.name(job.label, job.id), texts


def _command_text(before: Sequence[str], text: str, missing: Sequence[str]) -> str:
    notes = [comment(f"not given yet: {' '.join(value.split())}") for value in missing]
    return "\n".join((*notes, *before, text)) + "\n"


class _Shell(str):
    """Text that is shell already; any other text that a template prints is quoted."""

    __slots__ = ()


def _quoted(value: Any) -> Any:
    """Text as one word of the shell; numbers as they are."""
    if isinstance(value, str) and not isinstance(value, _Shell):
        return _Shell(quote_visibly(value))
    return value


def _words(values: Iterable[str]) -> _Shell:
    """Several words with a blank between them."""
    return _Shell(" ".join(quote_visibly(value) for value in values))


def _comment(text: str) -> _Shell:
    """Text within a comment: it cannot leave its line."""
    return _Shell(shell_text.comment(text).removeprefix("# "))


def _line(text: str) -> _Shell:
    """A word for people to read: without anything that could drive a terminal."""
    return _Shell(shlex.quote(one_line(text)))


def _render(template: str, **values: Any) -> str:
    """The script that the template makes of the values."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    made = Environment(  # noqa: S701 - the text is shell; `finalize` quotes
        loader=PackageLoader("advisor_reports", _FOLDER),
        undefined=StrictUndefined,
        finalize=_quoted,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(words=_words, comment=_comment, line=_line, key=copy_key)
    return made
