"""Too many requests, broken servers, and servers that are not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from urllib3 import HTTPHeaderDict

from advisor.probes.registry.pacing import ATTEMPTS, FAILURES_IN_A_ROW, Pacer
from advisor.probes.registry.transport import Answer, UnreachableError


class Scripted:
    """Gives or raises one after the other, the last for ever."""

    def __init__(self, *steps: Answer | UnreachableError) -> None:
        self._steps = list(steps)
        self.sent = 0

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        del method, url, headers, body
        self.sent += 1
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        if isinstance(step, UnreachableError):
            raise step
        return step


def answer(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, HTTPHeaderDict(named), b"")


SILENCE = UnreachableError("no answer within 1 s")
DROPPED = UnreachableError("it ended the connection", dropped=True)
OK = answer(200)


def run(sender: Scripted, times: int = 1) -> tuple[list[int | str], list[float], Pacer]:
    """Statuses or reasons, and how long was slept."""
    slept: list[float] = []
    pacer = Pacer(sender, sleep=slept.append)
    found: list[int | str] = []
    for _ in range(times):
        try:
            found.append(pacer.send("GET", "https://r.example/v2/", {}).status)
        except UnreachableError as error:
            found.append(error.reason)
    return found, [round(one, 1) for one in slept], pacer


CASES: dict[str, tuple[Sequence[Answer | UnreachableError], list[int | str], list[float]]] = {
    "fine": ([OK], [200], []),
    "a broken server that recovers": ([answer(503), answer(500), OK], [200], [0.5, 1.0]),
    "told to wait": ([answer(429, Retry_After="7"), OK], [200], [7.0]),
    "told to wait too long": (
        [answer(429, Retry_After="3600")],
        ["it takes no more requests for now (429)"],
        [],
    ),
    "a connection that was kept too long": ([DROPPED, OK], [200], []),
    "a connection that always drops": ([DROPPED], ["it ended the connection"], []),
}


@pytest.mark.parametrize("name", CASES)
def test_one_request(name: str) -> None:
    steps, found, slept = CASES[name]
    assert run(Scripted(*steps))[:2] == (found, slept)


def test_a_broken_server_is_asked_a_few_times() -> None:
    sender = Scripted(answer(500))
    assert run(sender)[:2] == (["it answers 500"], [0.5, 1.0, 2.0])
    assert sender.sent == ATTEMPTS


def test_a_server_that_never_answered_is_asked_once_for_all() -> None:
    sender = Scripted(SILENCE)
    assert run(sender, 1000)[0] == ["no answer within 1 s"] * 1000
    assert sender.sent == 1


def test_a_server_that_stops_answering_is_given_up() -> None:
    sender = Scripted(OK, SILENCE)
    assert run(sender, 1000)[0] == [200] + ["no answer within 1 s"] * 999
    assert sender.sent == 1 + FAILURES_IN_A_ROW


def test_a_server_whose_allowance_is_spent_is_given_up() -> None:
    sender = Scripted(answer(429, Retry_After="3600"))
    assert run(sender, 10)[0] == ["it takes no more requests for now (429)"] * 10
    assert sender.sent == 1


@pytest.mark.parametrize(
    ("left", "counts", "few"),
    [
        ("100;w=21600", True, False),
        ("10;w=21600", True, False),
        ("9", True, True),
        ("", False, False),
    ],
)
def test_the_allowance(left: str, counts: bool, few: bool) -> None:
    _, _, pacer = run(Scripted(answer(200, ratelimit_remaining=left)))
    assert (pacer.counts_pulls, pacer.few_pulls_left) == (counts, few)
