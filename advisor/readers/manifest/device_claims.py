"""DRA claims that stand in files with the jobs that name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from advisor.errors import InputError
from advisor.facts.cluster import DeviceClaim
from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.objects.device_claims import DeviceClaimWire, device_claim, device_claim_template
from advisor.readers.result import Input, ReadOptions
from advisor.readers.text import read_text
from advisor.readers.yaml_documents import readable_documents

if TYPE_CHECKING:
    from advisor.readers.manifest.objects import WrittenObject

_RECORDS = {"ResourceClaim": device_claim, "ResourceClaimTemplate": device_claim_template}
Claims = Mapping[str, DeviceClaim]
"""By `kind namespace/name`, the namespace as the object states it."""


def stated_claims(objects: Iterable[WrittenObject]) -> dict[str, DeviceClaim]:
    """The claims among some objects, and the templates of claims; without malformed ones, of which
    nothing can be said."""
    claims = {}
    for written in objects:
        record = _RECORDS.get(written.body["kind"])
        if record is not None:
            try:
                claim = record(msgspec.convert(written.body, DeviceClaimWire))
            except msgspec.ValidationError:
                continue
            claims[f"{claim.kind} {claim.namespace}/{claim.name}"] = claim
    return claims


def with_stated(job: JobSpec, claims: Claims) -> JobSpec:
    """The job with what its claims ask for, as far as that stands in these."""
    needs = tuple(
        replace(need, stated=_stated(need, claims)) if _is_open(need) else need
        for need in job.accelerators
    )
    return job if needs == job.accelerators else replace(job, accelerators=needs)


def _is_open(need: AcceleratorNeed) -> bool:
    return bool(need.claim) and need.stated is None


def _stated(need: AcceleratorNeed, claims: Claims) -> DeviceClaim | None:
    """An object that states no namespace is put into that of whoever names it; where neither does,
    both are put into `default`."""
    kind, _, name = need.claim.partition(" ")
    namespace, _, bare = name.partition("/")
    known = (claims.get(f"{kind} {where}/{bare}") for where in (namespace or "default", ""))
    return next((claim for claim in known if claim is not None), None)


class ClaimsOfInputs:
    """The claims of everything that is read together; its files are looked through, once, when a
    job names a claim that its own file has not."""

    def __init__(self, inputs: Sequence[Input | InputError], options: ReadOptions) -> None:
        self._inputs = inputs
        self._options = options

    def put_into(self, jobs: Sequence[JobSpec]) -> list[JobSpec]:
        """The jobs, with what each of their claims asks for."""
        if not any(_is_open(need) for job in jobs for need in job.accelerators):
            return list(jobs)
        return [with_stated(job, self._claims) for job in jobs]

    @cached_property
    def _claims(self) -> Claims:
        from advisor.readers.manifest.objects import written_objects  # most inputs hold no object

        claims: dict[str, DeviceClaim] = {}
        inputs = (source for source in self._inputs if isinstance(source, Input))
        for source in inputs:
            for text in _texts(source, self._options):
                _, documents, _ = readable_documents(text, source.file)
                claims.update(stated_claims(written_objects(documents)))
        return claims


def _texts(source: Input, options: ReadOptions) -> Iterator[str]:
    """The text of an input that may hold claims."""
    text = source.text
    if text is None and source.file.endswith((".yaml", ".yml", ".json")) and not source.skipped:
        try:
            found = read_text(source.file, most=options.most_bytes)
        except InputError:
            return  # told where the file itself is read
        text = found.text if found is not None else None
    if text is not None and "ResourceClaim" in text:
        yield text
