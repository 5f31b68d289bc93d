"""One thing to do, with what is typed for it; and the steps of each place of data: its copy and the
proof, or how to use it as it is."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Iterator, Mapping

from advisor.facts.record import Record
from advisor.output.wording import holds, size
from advisor.planning.names import STORAGE_SCRIPT, copy_scripts, nfs_names
from advisor.planning.plan import DataPlan, JobPlan, NfsTarget, Plan

FOLDER = "plan"
"""Where commands take it that `advisor plan -o` has written to."""


class Command(Record, frozen=True, kw_only=True):
    """Lines for a shell. `label` says what they do, where a step has several."""

    text: str
    label: str = ""


class Step(Record, frozen=True, kw_only=True):
    """One thing to do. `id` is the same in every report of the same plan; `title` and `notes` are
    prose; `job` is the id of the job whose commands belong to it."""

    id: str
    topic: str
    title: str
    notes: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    owner: str = ""
    host: str = ""
    job: str = ""


def make_step(
    topic: str,
    key: str,
    *,
    title: str,
    notes: Iterable[str] = (),
    commands: Iterable[Command] = (),
    owner: str = "",
    host: str = "",
    job: str = "",
) -> Step:
    """Empty notes are left out; `key` tells the step from others of its topic."""
    return Step(
        id=f"{topic}-{short_hash(key)}",
        topic=topic,
        title=title,
        notes=tuple(note for note in notes if note),
        commands=tuple(commands),
        owner=owner,
        host=host,
        job=job,
    )


def short_hash(text: str) -> str:
    """Ten letters that stand for a text of any kind in an attribute."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]


_SIZES = 8
_COPY = "Copy the bulk while it is in use, as often as you like"
_FINAL = (
    "The last pass, once nothing writes to it any more: copies and compares both sides; with"
    " `--checksum` contents are read too"
)
_PLACE = '--to "${NEW:?is where the new storage is mounted}"'


class DataSteps:
    """A place that is used as it is becomes a step of the first wave with a job that uses it."""

    def __init__(self, plan: Plan, engines: Mapping[str, str]) -> None:
        self._plan = plan
        self._engines = engines
        self._data = {place.id: place for place in plan.data}
        self._scripts = copy_scripts(plan.copied)
        self._nfs_names = nfs_names(plan)
        self._shown: set[str] = set()

    def before(self) -> Iterator[Step]:
        """The step that makes the claims, once for all waves."""
        claims = [place.claim for place in self._plan.copied if place.claim is not None]
        if not claims:
            return
        unknown = [claim.name for claim in claims if claim.request is None]
        sizes = "".join(f" --size {name}=AMOUNT" for name in unknown[:_SIZES])
        chosen = "" if all(claim.storage_class for claim in claims) else " --class CLASS"
        yield make_step(
            "claims",
            "",
            title="Make the claims that the data goes to",
            notes=(
                "A claim belongs to one namespace: make them in each that needs the data.",
                f"The script names {len(unknown) - _SIZES:,} more whose size has to be given."
                if len(unknown) > _SIZES
                else "",
            ),
            commands=[
                Command(
                    text=f"{FOLDER}/{STORAGE_SCRIPT} --namespace NAMESPACE{sizes}{chosen} --apply"
                )
            ],
        )

    def copied(self, place: DataPlan) -> Step:
        """The steps for a place that moves to a claim."""
        reading = " Every job only reads it." if place.read_only else ""
        amount = holds(place) or size(None)
        claim = place.claim
        return make_step(
            "data",
            place.id,
            title=f"Copy `{place.label}` to {goal(place) or 'network storage'}",
            notes=(
                f"Size: {amount}. For everyone at `{place.mount_path}`.{reading}",
                f"Not all of it was counted: {place.unmeasured}." if place.unmeasured else "",
                f"Why this class: {claim.evidence}."
                if claim is not None and claim.evidence
                else "",
                self._where(place),
            ),
            commands=self._copy_commands(place),
            owner=", ".join(place.owners),
            host=place.source_host,
        )

    def _where(self, place: DataPlan) -> str:
        outer = self._data.get(place.inside)
        if outer is not None:
            return f"It is copied together with `{outer.label}`."
        if place.id not in self._scripts:
            return "Where its files are is not known yet."
        if place.claim is None:
            return "`NEW` is where the new storage is mounted: a folder, or `HOST:FOLDER`."
        return (
            f"The script copies through a pod that mounts the claim `{place.claim.name}`; it needs"
            " kubectl where the data is, goes on where it was stopped, and shows how far it is."
        )

    def _copy_commands(self, place: DataPlan) -> Iterator[Command]:
        if place.inside:
            return
        if place.id not in self._scripts:
            yield from self._look_up(place)
            return
        script = shlex.quote(f"{FOLDER}/{self._scripts[place.id]}")
        where = "--namespace NAMESPACE" if place.claim is not None else _PLACE
        yield Command(label=_COPY, text=f"{script} {where} --apply")
        yield Command(label=_FINAL, text=f"{script} {where} --final")

    def _look_up(self, place: DataPlan) -> Iterator[Command]:
        """The command that asks the engine where it keeps a volume."""
        engine = self._engines.get(place.source_host) or "docker"
        for subject in place.subjects:
            kind, _, name = subject.partition("/")
            if kind.startswith("data:volume:") and name:
                yield Command(
                    label="Where its files are",
                    text=f"{engine} volume inspect -- {shlex.quote(name)}",
                )

    def used(self, jobs: Iterable[JobPlan]) -> Iterator[Step]:
        """The network places of these jobs that no job before them had."""
        for key in dict.fromkeys(key for job in jobs for key in job.data):
            place = self._data.get(key)
            if place is None or key in self._shown or place.action != "use":
                continue
            self._shown.add(key)
            if place.nfs is not None and place.kind != "claim":
                yield self._nfs(place, place.nfs)
            elif place.sources and place.kind != "claim":
                yield self._mounted(place)

    def _nfs(self, place: DataPlan, nfs: NfsTarget) -> Step:
        name = self._nfs_names[place.id]
        return make_step(
            "data",
            place.id,
            title=f"Use the NFS export `{nfs.server}:{nfs.export}` as it is",
            notes=(
                f"Nothing is copied. For everyone at `{place.mount_path or nfs.export}`.",
                "One of these will do.",
            ),
            commands=(
                *_options(place, nfs),
                Command(
                    label=f"A volume and a claim `{name}` by their manifests",
                    text=f"kubectl -n NAMESPACE create -f {FOLDER}/manifests/{name}-volume.yaml"
                    f" -f {FOLDER}/manifests/{name}-claim.yaml",
                ),
            ),
            owner=", ".join(place.owners),
        )

    def _mounted(self, place: DataPlan) -> Step:
        source = place.sources[0]
        return make_step(
            "data",
            place.id,
            title=f"Have every node mount `{source.filesystem or place.label}` at `{source.path}`",
            notes=("Nothing is copied: it is outside of the machines already.",),
            commands=[
                Command(
                    label="What a node has there",
                    text=f"findmnt --target {shlex.quote(source.path)}",
                )
            ]
            if source.path.startswith("/")
            else (),
            owner=", ".join(place.owners),
        )


def _options(place: DataPlan, nfs: NfsTarget) -> Iterator[Command]:
    """Left out where a path would be taken apart at a character of its own."""
    if not {",", "="} & {*nfs.export, *place.mount_path}:
        yield Command(label="Option of Run:ai 2", text=f"--nfs {shlex.quote(nfs.runai_v2)}")
    if ":" not in nfs.export and ":" not in place.mount_path:
        yield Command(label="Option of Run:ai 1", text=f"--volume {shlex.quote(nfs.runai_v1)}")


def goal(place: DataPlan) -> str:
    """Where a place of data will be, in words; empty where nothing changes."""
    if place.action == "copy" and place.claim is not None:
        below = f", folder {place.claim.sub_path}" if place.claim.sub_path else ""
        kind = place.claim.storage_class or "class to choose"
        return f"claim {place.claim.name} ({kind}){below}"
    if place.action == "use" and place.nfs is not None:
        return f"NFS {place.nfs.server}:{place.nfs.export}"
    return ""
