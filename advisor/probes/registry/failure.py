"""The ways in which a look-up ends without an image."""

from __future__ import annotations

from typing import Literal


class LookUpError(Exception):
    """No answer that verifies an image. `reason` is a clause that holds no text of a server."""

    status: Literal["missing", "denied", "unreachable"] = "unreachable"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class MissingError(LookUpError):
    """The registry answered, and does not have the image."""

    status = "missing"


class DeniedError(LookUpError):
    """The registry may or may not have it, and does not tell us."""

    status = "denied"


class UnreachableError(LookUpError):
    """Nothing was learned: no answer, or none that makes sense.

    `dropped` says that the connection ended too early, as one that was kept open for long does.
    """

    def __init__(self, reason: str, *, dropped: bool = False) -> None:
        super().__init__(reason)
        self.dropped = dropped
