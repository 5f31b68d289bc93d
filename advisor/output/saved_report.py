"""A JSON report read back, as the assessment it was drawn from."""

from __future__ import annotations

import msgspec

from advisor.errors import InputError
from advisor.judging.assessment import ASSESSMENT_SCHEMA, Assessment

_MAKE_ONE = "make one with: advisor audit --format json=FILE"


class _Header(msgspec.Struct, kw_only=True):
    """The keys that tell a report from any other JSON, a snapshot among them."""

    schema: int
    advisor: str
    target: str
    verdicts: msgspec.Raw


def decode_report(content: bytes, *, name: str) -> Assessment | None:
    """None where the content is no JSON report; InputError for one that is damaged or too new.

    `name` is what a message calls the input.
    """
    try:
        header = msgspec.json.decode(content, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if header.schema > ASSESSMENT_SCHEMA:
        raise InputError(
            f"a report of schema {header.schema}, written by advisor {header.advisor};"
            f" this advisor reads up to schema {ASSESSMENT_SCHEMA}",
            where=name,
            remedy="upgrade advisor, or make the report again with this version",
        )
    try:
        return msgspec.json.decode(content, type=Assessment)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"a damaged report: {error}", where=name, remedy=_MAKE_ONE) from None
