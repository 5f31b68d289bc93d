from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from advisor.errors import InputError
from advisor.findings.finding import Finding, Status, Subject
from advisor.judging.assessment import Assessment
from advisor.judging.threshold import apply_baseline, load_baseline


def _finding(fingerprint: str, status: Status = "finding") -> Finding:
    subject = Subject(scope="image", id="image:a", label="a")
    return Finding(
        rule="A",
        severity="error",
        status=status,
        subject=subject,
        message="m",
        fingerprint=fingerprint,
    )


def _assessment(*findings: Finding) -> Assessment:
    return Assessment(advisor="0", taken="t", target="x", findings=findings)


def test_only_what_was_found_before_is_suppressed(tmp_path: Path) -> None:
    old = _assessment(
        _finding("1"), _finding("2", "unknown"), _finding("3", "suppressed"), _finding("", "ok")
    )
    (tmp_path / "old.json").write_bytes(msgspec.json.encode(old))
    known = load_baseline(str(tmp_path / "old.json"))
    new = _assessment(
        _finding("1"), _finding("2"), _finding("3"), _finding("4"), _finding("1", "unknown")
    )
    judged = apply_baseline(new, known).findings
    assert [(f.fingerprint, f.status, f.reason) for f in judged] == [
        ("1", "suppressed", "in the baseline"),
        ("2", "finding", ""),
        ("3", "suppressed", "in the baseline"),
        ("4", "finding", ""),
        ("1", "unknown", ""),
    ]


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\x00"])
def test_what_is_no_report_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "old.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        load_baseline(str(path))
    assert refused.value.line().startswith(f"{path}: not a JSON report of advisor: ")
    assert refused.value.line().endswith("(make one with: advisor audit --format json=FILE)")


def test_a_snapshot_is_no_baseline(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text('{"schema": 1, "hosts": []}')
    with pytest.raises(InputError, match="not a JSON report of advisor: it holds no findings"):
        load_baseline(str(path))
