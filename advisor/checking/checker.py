"""Inputs read and judged together: few in this process, many on all cores."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from functools import lru_cache, partial
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec.structs import replace

from advisor import __version__
from advisor.checking.check import CheckSession
from advisor.checking.job_examiner import Wishes
from advisor.checking.source_lines import located_commented, with_manifest_places
from advisor.collection.collect import CLUSTER_PROBE, CollectOptions, ask_registries, collect
from advisor.configuration.settings import Settings
from advisor.errors import InputError, ProbeError, encodable
from advisor.facts.snapshot import Snapshot, merge
from advisor.facts.source import Source
from advisor.files import STANDARD_STREAM
from advisor.jobs.placement_fields import fill_placement
from advisor.jobs.spec import JobMount, JobSpec
from advisor.jobs.translation import Situation
from advisor.jobs.word import Expansion, Word
from advisor.judging.check_report import VERDICTS, CheckReport, SharedParts, merge_reports
from advisor.judging.coverage import folded
from advisor.probes.common import Progress
from advisor.probes.registry.options import RegistryOptions
from advisor.readers.manifest.device_claims import ClaimsOfInputs
from advisor.readers.result import Input, ReadOptions, ReadResult
from advisor.readers.specs import collected, cores, find_inputs, read_found

if TYPE_CHECKING:
    from advisor.rulebook.loaded import Rulebook

ENOUGH_FOR_PROCESSES = 200
"""Inputs from which on several processes win back the time that they take to start."""

_FIRST = 5
_LOT = 100


class Checker(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is the same for all jobs of a run. `processes` None uses every core.

    Of many jobs only `places` are told in full, those that need most attention first; of the others
    there is what is counted. Their positions in manifests take longer than all the rest. None tells
    of all in full. With `registries` those of the jobs' images are asked for them. `engine` is that
    of `map_parts`; its workers load `rules`, the folders that the rulebook is made of.
    """

    snapshot: Snapshot
    settings: Settings
    rulebook: Rulebook
    wishes: Wishes
    reading: ReadOptions
    processes: int | None = None
    places: int | None = None
    registries: RegistryOptions | None = None
    engine: str = ""
    rules: tuple[str, ...] = ()

    def check_specs(self, specs: Sequence[str], more: Sequence[JobSpec] = ()) -> CheckReport:
        """Read and judge files, folders, standard input and quoted commands; `more` jobs have been
        read already."""
        report = self._check_found(find_inputs(specs, self.reading.exclude), more)
        return replace(report, not_assessed=folded(report.not_assessed))

    def _check_found(
        self, inputs: Sequence[Input | InputError], more: Sequence[JobSpec]
    ) -> CheckReport:
        """Read and judge the inputs in this process, on all cores, or by the engine's workers."""
        if self.registries is not None:
            return self._check_with_registries(inputs, more, self.registries)
        if self.engine:
            return self._check_elsewhere(inputs)
        processes = self.processes or cores()
        once = any(
            isinstance(source, Input) and source.file == STANDARD_STREAM for source in inputs
        )
        if more or once or processes < 2 or len(inputs) < ENOUGH_FOR_PROCESSES:
            return self.check_inputs(inputs, more)
        session, claims = self.session(), ClaimsOfInputs(inputs, self.reading)
        if self.places is None:
            check = partial(self.check_inputs, session=session, claims=claims)
            with closing(_shared_out(check, inputs, processes)) as reports:
                return merge_reports(map(SharedParts().within, reports), self.settings.ignore)
        meanwhile = partial(self.check_inputs, inputs[:_FIRST], session=session)
        glance = partial(self._glance, session, claims=claims)
        with closing(_shared_out(glance, inputs, processes, meanwhile)) as reports:
            report = merge_reports(reports, self.settings.ignore)
        return self._in_full(report, inputs, session)

    def _check_elsewhere(self, inputs: Sequence[Input | InputError]) -> CheckReport:
        """Have the engine's workers read and judge the inputs; they open the files themselves."""
        from advisor.checking.processes import map_parts

        glance = self.places is not None
        order = _Order(
            advisor=__version__,
            checker=replace(self, rulebook=cast("Rulebook", {}), engine=""),
            glance=glance,
        )
        parts = [pickle.dumps([_sendable(source) for source in lot]) for lot in _lots(inputs)]
        work = map_parts(check_lot, pickle.dumps(order), parts, 1, self.engine)
        with closing(work) as reports:
            decoded = map(SharedParts().within, map(_decoded, reports))
            report = merge_reports(decoded, self.settings.ignore)
        return self._in_full(report, inputs, self.session()) if glance else report

    def _check_with_registries(
        self,
        inputs: Sequence[Input | InputError],
        more: Sequence[JobSpec],
        registries: RegistryOptions,
    ) -> CheckReport:
        """All inputs are read first, so that each image is asked for once."""
        outcomes = (read_found(source, self.reading) for source in inputs)
        result = collected(outcomes, ClaimsOfInputs(inputs, self.reading))
        result = replace(result, jobs=(*result.jobs, *more))
        jobs = self._settled(result)
        names = tuple(dict.fromkeys(image.reference for job in jobs for image in job.images))
        nothing = Snapshot(advisor=__version__, taken="")
        answers = ask_registries(nothing, registries, also=names)
        return replace(self, snapshot=merge([self.snapshot, answers])).check_read(result)

    def _glance(
        self,
        session: CheckSession,
        lot: Sequence[Input | InputError],
        claims: ClaimsOfInputs | None = None,
    ) -> CheckReport:
        outcomes = (read_found(source, self.reading) for source in lot)
        result = collected(outcomes, claims or ClaimsOfInputs(lot, self.reading))
        report = session.glance(
            self._settled(result), problems=result.problems, ignores=result.ignores
        )
        return replace(report, notes=result.notes)

    def _check_full(self, session: CheckSession, lot: Sequence[Input | InputError]) -> CheckReport:
        return self.check_inputs(lot, session=session)

    def _in_full(
        self, report: CheckReport, inputs: Sequence[Input | InputError], session: CheckSession
    ) -> CheckReport:
        """The few jobs that are shown in full, whose files are read once more."""
        ranked = sorted(report.jobs, key=lambda job: VERDICTS.index(job.verdict))[: self.places]
        wanted = {job.id for job in ranked}
        files = {job.file or (job.place.file if job.place else "") for job in ranked}
        again = [
            source
            for source in inputs
            if isinstance(source, Input) and encodable(source.file) in files
        ]
        claims = ClaimsOfInputs(inputs, self.reading)
        checks = self.check_inputs(again, session=session, claims=claims).jobs
        whole = {check.id: check for check in checks if check.id in wanted}
        return replace(report, jobs=tuple(whole.get(job.id, job) for job in report.jobs))

    def session(self) -> CheckSession:
        """A new session, which judges one lot of jobs after another."""
        return CheckSession(self.snapshot, self.settings, self.rulebook, self.wishes)

    def check_inputs(
        self,
        inputs: Sequence[Input | InputError],
        more: Sequence[JobSpec] = (),
        session: CheckSession | None = None,
        claims: ClaimsOfInputs | None = None,
    ) -> CheckReport:
        """Read and judge some inputs here; `claims` are those of others that were given too."""
        outcomes = (read_found(source, self.reading) for source in inputs)
        result = collected(outcomes, claims or ClaimsOfInputs(inputs, self.reading))
        return self.check_read(replace(result, jobs=(*result.jobs, *more)), session)

    def check_read(
        self,
        result: ReadResult,
        session: CheckSession | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> CheckReport:
        """Judge what has been read. With `texts`, the inputs' by name, no file is opened."""
        jobs = self._settled(result, texts)
        report = (session or self.session()).check(
            jobs, problems=result.problems, ignores=result.ignores
        )
        placed = with_manifest_places(report, jobs, self.places, texts)
        return replace(placed, notes=(*report.notes, *result.notes))

    def _settled(self, result: ReadResult, texts: Mapping[str, str] | None = None) -> list[JobSpec]:
        given = self.wishes.given
        located = located_commented(result, texts)
        return [with_claims(settled_job(job, given), given) for job in located]


def settled_job(job: JobSpec, given: Situation) -> JobSpec:
    """The job with the variables and the current folder that the user gave put in."""
    if job.run is None or not (given.values or given.directory):
        return job
    from advisor.writers.options import settled_run, settled_word

    def left(expansions: Iterable[Expansion]) -> tuple[Expansion, ...]:
        words = (
            settled_word(Word(parts=(expansion,)), given.values, given.directory)
            for expansion in expansions
        )
        return tuple(part for word in words for part in word.expansions)

    items = tuple(replace(item, expansions=left(item.expansions)) for item in job.items)
    return fill_placement(replace(job, run=settled_run(job.run, given), items=items))


def with_claims(job: JobSpec, given: Situation) -> JobSpec:
    """The job with the namespace of its claims, of storage and of devices, that the source leaves
    open: the one given, else that of a Run:ai project, for a manifest `default`. Claims of a
    project that nobody named keep none."""
    devices = any(" /" in need.claim for need in job.accelerators)
    if not devices and not any(_is_open(mount) for mount in job.mounts):
        return job
    namespace = given.namespace
    project = given.project or (job.run.project if job.run else "")
    if job.reader.startswith("runai"):
        namespace = namespace or (f"runai-{project}" if project else "")
    elif job.reader == "manifest":
        namespace = namespace or "default"
    if not namespace:
        return job
    mounts = tuple(
        replace(mount, source=f"{namespace}/{mount.source.lstrip('/')}")
        if _is_open(mount)
        else mount
        for mount in job.mounts
    )
    needs = tuple(
        replace(need, claim=need.claim.replace(" /", f" {namespace}/")) for need in job.accelerators
    )
    return replace(job, mounts=mounts, accelerators=needs)


def _is_open(mount: JobMount) -> bool:
    return mount.kind == "claim" and "/" not in mount.source.lstrip("/")


def target_snapshot(
    options: CollectOptions, *, assumed: bool, progress: Progress | None = None
) -> Snapshot:
    """The cluster to judge against: what was named, else the current context if there is one.

    An assumed cluster needs none. One that nobody named and that cannot be read leaves a failed
    source behind and nothing else. Raises ProbeError for one that was named, InputError as collect.
    """
    from advisor.probes.common import cluster_configured

    by_default = not assumed and not options.snapshots and options.cluster and cluster_configured()
    chosen = replace(options, cluster=options.cluster and (options.cluster_asked or by_default))
    if not (chosen.cluster or options.docker or options.snapshots):
        return Snapshot(advisor=__version__, taken="")
    try:
        snapshot = collect(chosen, progress=progress)
    except ProbeError as error:
        if options.cluster_asked or options.docker:
            raise
        reason = error.what + (f" ({error.remedy})" if error.remedy else "")
        source = Source(
            probe=CLUSTER_PROBE,
            target=error.where or "current context",
            status="failed",
            reason=reason,
        )
        snapshot = Snapshot(advisor=__version__, taken="", sources=(source,))
    if options.cluster_asked or options.snapshots:
        return snapshot
    return replace(snapshot, sources=tuple(_not_asked(source) for source in snapshot.sources))


def _not_asked(source: Source) -> Source:
    """A cluster that nobody named is no failure when it cannot be read."""
    return replace(source, asked=False) if source.probe == CLUSTER_PROBE else source


_encoded = msgspec.msgpack.Encoder().encode
_decoded = msgspec.msgpack.Decoder(CheckReport).decode


def _shared_out(
    check: Callable[[Sequence[Input | InputError]], CheckReport],
    inputs: Sequence[Input | InputError],
    processes: int,
    meanwhile: Callable[[], object] = lambda: None,
) -> Generator[CheckReport, None, None]:
    """The reports of lots of inputs, in their order. `meanwhile` is done by this process when the
    others have begun: what it will take to tell of single jobs is imported and compiled then.

    What the first few inputs teach is there for all processes; each keeps its session from lot to
    lot.
    """
    from advisor.checking.processes import map_in_processes

    first, *lots = _lots(inputs)
    yield check(first)
    yield from map(
        _decoded,
        map_in_processes(lambda lot: _encoded(check(lots[lot])), len(lots), processes, meanwhile),
    )


def _lots(inputs: Sequence[Input | InputError]) -> list[Sequence[Input | InputError]]:
    later = range(_FIRST, len(inputs), _LOT)
    return [inputs[:_FIRST], *(inputs[start : start + _LOT] for start in later)]


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    """Sent once to a worker elsewhere. The checker comes without its rulebook, which a worker
    loads itself."""

    advisor: str
    checker: Checker
    glance: bool


def check_lot(order: bytes, lot: bytes) -> bytes:
    """The report of a lot of inputs, made by any process that sees their files."""
    checker, session, glance = _prepared(order)
    inputs = [
        sent if isinstance(sent, Input) else InputError(sent[0], where=sent[1], remedy=sent[2])
        for sent in pickle.loads(lot)  # noqa: S301 - a scheduler's own messages are pickled too
    ]
    check = checker._glance if glance else checker._check_full
    return _encoded(check(session, inputs))


@lru_cache(maxsize=1)
def _prepared(packed: bytes) -> tuple[Checker, CheckSession, bool]:
    from advisor.checking.processes import check_version
    from advisor.views.schema import load_rulebook

    order: _Order = pickle.loads(packed)  # noqa: S301 - as above
    check_version(order.advisor)
    checker = order.checker
    checker = replace(checker, rulebook=load_rulebook(checker.settings, checker.rules))
    return checker, checker.session(), order.glance


def _sendable(source: Input | InputError) -> Input | tuple[str, str, str]:
    """An error as plain values, since pickling loses its parts."""
    return (source.what, source.where, source.remedy) if isinstance(source, InputError) else source
