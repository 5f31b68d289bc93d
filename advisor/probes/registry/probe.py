"""The probe of registries: what they hold of the images that were seen."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from advisor.errors import fault
from advisor.facts.image_reference import DOCKER_HUB
from advisor.facts.snapshot import RegistryImage
from advisor.facts.source import Refusal, Source, SourceStatus
from advisor.probes.common import (
    NoProgress,
    ProbeResult,
    Progress,
    map_in_threads,
    results_as_they_come,
)
from advisor.probes.docker.remote import SubprocessRunner
from advisor.probes.registry.access import Access
from advisor.probes.registry.credentials import Keyring, StoredLogins, auth_files
from advisor.probes.registry.look_up import Clerk
from advisor.probes.registry.options import RegistryOptions, base_url, is_host
from advisor.probes.registry.pacing import LONGEST_PAUSE, Pacer
from advisor.probes.registry.questions import Question
from advisor.probes.registry.transport import AT_ONCE, Sender, Transport

PROBE = "registry"
REGISTRIES_AT_ONCE = 8
_NAMED = 3
"""How many images a refusal names; the answers have them all."""


def probe_registries(
    questions: Sequence[Question],
    options: RegistryOptions,
    *,
    progress: Progress | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[ProbeResult, ...]:
    """One result for each registry that the questions name, with an answer to every question.

    Reads manifests and image configs, never a layer. `environment` stands for that of this process:
    proxies, and where logins are kept.
    """
    variables = os.environ if environment is None else environment
    keyring = StoredLogins(auth_files(variables), SubprocessRunner(variables))
    transport = Transport(options, variables)
    by_registry: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        by_registry[question.reference.host].append(question)

    def probe(registry: str) -> ProbeResult:
        try:
            return ask_registry(
                registry,
                by_registry[registry],
                options,
                sender=transport,
                keyring=keyring,
                progress=progress or NoProgress(),
            )
        except Exception as error:  # what goes wrong with one registry must not cost the others
            answers = tuple(
                _unreachable(question, fault(error)) for question in by_registry[registry]
            )
            return ProbeResult(source=_source(registry, answers), registries=answers)

    try:
        return tuple(map_in_threads(probe, sorted(by_registry), REGISTRIES_AT_ONCE))
    finally:
        transport.close()


def ask_registry(
    registry: str,
    questions: Sequence[Question],
    options: RegistryOptions,
    *,
    sender: Sender,
    keyring: Keyring,
    progress: Progress,
) -> ProbeResult:
    """All questions about one registry."""
    started = time.monotonic()
    if is_host(registry):
        answers = _answers(registry, questions, options, sender, keyring, progress)
    else:
        reason = "the name's first part is no host"
        answers = [_unreachable(question, reason) for question in questions]
    answers.sort(key=lambda answer: answer.reference)
    seconds = round(time.monotonic() - started, 3)
    source = msgspec.structs.replace(_source(registry, answers), seconds=seconds)
    return ProbeResult(source=source, registries=tuple(answers))


def _answers(
    registry: str,
    questions: Sequence[Question],
    options: RegistryOptions,
    sender: Sender,
    keyring: Keyring,
    progress: Progress,
) -> list[RegistryImage]:
    pacer = Pacer(sender, counts_pulls=registry == DOCKER_HUB)
    base = base_url(registry, options.plain_http)
    clerk = Clerk(Access(registry, base, pacer, keyring, options), pacer)
    stall = LONGEST_PAUSE + 6 * options.timeout

    def look_up(question: Question) -> RegistryImage:
        try:
            return clerk.look_up(question)
        except Exception as error:  # what goes wrong with one image must not cost the others
            return _unreachable(question, fault(error))

    results = results_as_they_come(look_up, questions, workers=AT_ONCE, stall=stall)
    answers: list[RegistryImage] = []
    for question, answer in results:
        answers.append(answer or _unreachable(question, "it never ends its answer"))
        progress.advance(registry, "images", len(answers), len(questions))
    return answers


def _unreachable(question: Question, reason: str) -> RegistryImage:
    return RegistryImage(reference=question.text, status="unreachable", reason=reason)


def _source(registry: str, answers: Sequence[RegistryImage]) -> Source:
    """Failed when nothing was learned of any image; denied is something that was learned."""
    refused = tuple(_refusals(registry, answers))
    status: SourceStatus = "partial" if refused else "ok"
    reasons = {answer.reason for answer in answers if answer.status == "unreachable"}
    if answers and all(answer.status == "unreachable" for answer in answers):
        return Source(
            probe=PROBE, target=registry, status="failed", reason="; ".join(sorted(reasons))
        )
    return Source(probe=PROBE, target=registry, status=status, refused=refused)


def _refusals(registry: str, answers: Iterable[RegistryImage]) -> Iterable[Refusal]:
    """One for each reason, so that a thousand images of one registry stay readable."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for answer in answers:
        if answer.status in ("denied", "unreachable"):
            alike[answer.status, answer.reason].append(answer.reference)
    for (status, reason), references in sorted(alike.items()):
        more = len(references) - _NAMED
        named = ", ".join(references[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield Refusal(
            resource=named,
            verb="pull",
            reason=f"{status}: {reason}",
            facts=(f"registries[{registry}]",),
            # That it is denied is an answer: the image is there, or it is not for us to know.
            supplement=status == "denied",
        )
