"""What "not found" means: registries also say it of what they hide from strangers."""

from __future__ import annotations

import msgspec

from advisor.probes.registry.access import Access
from advisor.probes.registry.failure import (
    DeniedError,
    LookUpError,
    MissingError,
    UnreachableError,
)
from advisor.probes.registry.transport import Answer

_OF_THE_IMAGE = frozenset({"MANIFEST_UNKNOWN", "TAG_INVALID"})
_OF_THE_REPOSITORY = frozenset({"NAME_UNKNOWN", "NAME_INVALID", "NOT_FOUND"})
_HIDDEN = frozenset({"UNAUTHORIZED", "DENIED"})


class _Error(msgspec.Struct):
    code: str = ""


class _Errors(msgspec.Struct):
    errors: tuple[_Error, ...] = ()


def not_found(answer: Answer, access: Access, repository: str) -> LookUpError:
    """The error for an answer of 404 to a GET, which has a body that says what was not found."""
    codes = _codes(answer.body)
    if codes & _HIDDEN:
        return DeniedError("it does not say whether it is there")
    of_the_repository = not codes & _OF_THE_IMAGE
    if of_the_repository and not codes & _OF_THE_REPOSITORY:
        return UnreachableError("it answers 404 as no registry does: no registry API there")
    if access.sees_all(repository, of_the_repository=of_the_repository):
        return MissingError("")
    return DeniedError(
        "it says that it is not there, as registries also do of what they hide from strangers"
    )


def _codes(body: bytes) -> set[str]:
    try:
        return {error.code for error in msgspec.json.decode(body, type=_Errors).errors}
    except (msgspec.DecodeError, RecursionError):
        return set()
