"""Values of flags whose parts v1 names differently than v2."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from advisor.jobs.ledger import Fate
from advisor.jobs.word import Word, word
from advisor.writers.names import object_name

Pairs = dict[str, str]


class Respelled(NamedTuple):
    """The value as the second version has it, and what that changes."""

    value: Word
    fate: Fate
    reason: str


def respelled(name: str, value: Word) -> Respelled | None:
    """A v1 flag's value for the v2 flag of the same name; None where that is not known."""
    convert = _CONVERSIONS.get(name)
    if convert is None or value.literal is None:
        return None
    given = dict(one.partition("=")[::2] for one in value.literal.split(","))
    return convert(given)


def _git_sync(given: Pairs) -> Respelled | None:
    repository = given.get("source", "")
    if not repository:
        return None
    last = repository.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
    made = {
        "name": object_name(last),
        "repository": repository,
        "path": given.get("target") or "/code",
        "rev": given.get("rev") or given.get("branch") or "master",
    }
    if given.keys() & {"username", "password"}:
        reason = (
            "a password is not given on the line any more: keep it as a credential of the project"
            " and add secret=NAME"
        )
        return Respelled(_joined(made), "unresolved", reason)
    return Respelled(_joined(made), "changed", "the same repository; rev names a branch as well")


def _bucket(given: Pairs) -> Respelled | None:
    bucket = given.get("bucket", "")
    if not (bucket and given.get("target")):
        return None
    made = {"name": object_name(bucket), "bucket": bucket, "path": given["target"]}
    if given.get("url"):
        made["url"] = given["url"]
    if given.keys() & {"key", "secret"}:
        reason = (
            "keys are not given on the line any more: keep them as an access key of the project"
            " and add accesskey=NAME"
        )
        return Respelled(_joined(made), "unresolved", reason)
    return Respelled(_joined(made), "changed", "the same bucket, by the names that v2 has")


def _joined(pairs: Pairs) -> Word:
    return word(",".join(f"{key}={value}" for key, value in pairs.items()))


_CONVERSIONS: dict[str, Callable[[Pairs], Respelled | None]] = {
    "git-sync": _git_sync,
    "s3": _bucket,
}
