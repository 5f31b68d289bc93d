"""Comments that suppress findings, in every kind of file."""

from __future__ import annotations

import pytest

from advisor.jobs.inline_ignore import InlineIgnore, inline_ignores


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "docker run x # advisor: ignore IMG001 it is public\n",
            [("IMG001", "it is public", 1, 1)],
        ),
        (
            "# advisor: ignore IMG001: it is public\ndocker run x\n",
            [("IMG001", "it is public", 1, 2)],
        ),
        (
            "<!-- advisor: ignore JOB030 a lab machine -->\n```sh\n",
            [("JOB030", "a lab machine", 1, 2)],
        ),
        (
            "# advisor: ignore JOB030, JOB031 lab\n\ndocker run x\n",
            [("JOB030", "lab", 1, 2), ("JOB031", "lab", 1, 2)],
        ),
        (
            "# advisor: ignore JOB030 a\n# advisor: ignore JOB031 b\ndocker run x\n",
            [("JOB030", "a", 1, 3), ("JOB031", "b", 2, 3)],
        ),
        ("REM advisor: ignore JOB030 a\r\ndocker run x\r\n", [("JOB030", "a", 1, 2)]),
        ("  image: x  # advisor:ignore IMG011\n", []),
        ("  image: x  # advisor: ignore IMG011\n", [("IMG011", "", 1, 1)]),
        ("echo advisor: ignore IMG011\n", []),
        ("# advisor: ignore everything\n", []),
        ("", []),
    ],
)
def test_a_comment_names_rules_a_reason_and_the_line_it_is_about(
    text: str, found: list[tuple[str, str, int, int]]
) -> None:
    assert inline_ignores(text) == tuple(
        InlineIgnore(rule=rule, reason=reason, line=line, covers=covers)
        for rule, reason, line, covers in found
    )
