"""Several registries at once, and what is said of each as a source."""

from __future__ import annotations

import msgspec
import pytest

from advisor.facts.snapshot import RegistryImage
from advisor.facts.source import Refusal, Source
from advisor.probes.common import NoProgress, ProbeResult
from advisor.probes.registry.credentials import Login
from advisor.probes.registry.options import RegistryOptions
from advisor.probes.registry.probe import ask_registry, probe_registries
from advisor.probes.registry.questions import ask_for
from tests.fakes.engines import ProgressLog
from tests.fakes.registry import (
    MemoryKeyring,
    MemorySender,
    RegistryTwin,
    Reply,
    errors,
    served,
)

HOST = "r.example"


def ask(twin: RegistryTwin, *texts: str, login: Login | None = None) -> ProbeResult:
    twin.base = f"https://{HOST}"
    return ask_registry(
        HOST,
        ask_for(texts),
        RegistryOptions(),
        sender=MemorySender(twin),
        keyring=MemoryKeyring(**({HOST: login} if login else {})),
        progress=NoProgress(),
    )


def untimed(source: Source) -> Source:
    return msgspec.structs.replace(source, seconds=0.0)


def test_all_that_can_become_of_an_image() -> None:
    twin = RegistryTwin()
    digest = twin.add_index("there", "1", ("amd64",))
    twin.script("GET", "/v2/hidden/manifests/1", *[errors(403, "DENIED")] * 3)
    twin.script("GET", "/v2/odd/manifests/1", Reply(200, b"<html>"))
    result = ask(twin, *(f"{HOST}/{name}:1" for name in ("there", "gone", "hidden", "odd")))
    web_page = "it answers with a web page: no registry API there"
    login = "it wants a login and none is stored for it here (403)"
    assert result.registries == (
        RegistryImage(reference=f"{HOST}/gone:1", status="missing"),
        RegistryImage(reference=f"{HOST}/hidden:1", status="denied", reason=login),
        RegistryImage(reference=f"{HOST}/odd:1", status="unreachable", reason=web_page),
        RegistryImage(
            reference=f"{HOST}/there:1",
            status="verified",
            digest=digest,
            architectures=("amd64",),
            anonymous=True,
        ),
    )
    facts = (f"registries[{HOST}]",)
    assert untimed(result.source) == Source(
        probe="registry",
        target=HOST,
        status="partial",
        refused=(
            Refusal(
                resource=f"{HOST}/hidden:1",
                verb="pull",
                reason=f"denied: {login}",
                facts=facts,
                supplement=True,
            ),
            Refusal(
                resource=f"{HOST}/odd:1",
                verb="pull",
                reason=f"unreachable: {web_page}",
                facts=facts,
            ),
        ),
    )


def test_a_thousand_refusals_are_one_line() -> None:
    result = ask(RegistryTwin("basic"), *(f"{HOST}/a:{number}" for number in range(1000)))
    assert [one.resource for one in result.source.refused] == [
        f"{HOST}/a:0, {HOST}/a:1, {HOST}/a:10 and 997 more"
    ]


def test_registries_are_told_apart_and_reported_on() -> None:
    twin = RegistryTwin()
    twin.add_image("a", "1")
    log = ProgressLog()
    with served(twin) as host:
        results = probe_registries(
            ask_for((f"{host}/a:1", f"{host}/b:1", "no-such-host.invalid/a:1", "A\x1b.b/c:1")),
            RegistryOptions(plain_http=(host,), timeout=60),
            progress=log,
            environment={},
        )
    assert [(one.source.target, one.source.status, one.source.reason) for one in results] == [
        (host, "ok", ""),
        ("A\x1b.b", "failed", "the name's first part is no host"),
        ("no-such-host.invalid", "failed", "there is no host of that name"),
    ]
    assert [(one.status) for one in results[0].registries] == ["verified", "missing"]
    assert sorted(log.reports) == [
        (host, "images", 1, 2),
        (host, "images", 2, 2),
        ("no-such-host.invalid", "images", 1, 1),
    ]


@pytest.mark.parametrize("auth", ["basic", "bearer"])
def test_no_secret_is_in_a_result(auth: str) -> None:
    twin = RegistryTwin(auth)
    twin.add_image("a", "1")
    echo = errors(404, "Basic YW5uOnNlY3JldA==")
    twin.script("GET", "/v2/b/manifests/1", *[echo] * 3)
    result = ask(twin, f"{HOST}/a:1", f"{HOST}/b:1", login=Login("ann", "secret"))
    text = msgspec.json.encode(result).decode() + repr(result)
    assert [word for word in ("secret", "YW5u", "e30.") if word in text] == []
