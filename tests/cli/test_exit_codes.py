from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Advisor


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--fail-on", "never"), 0),
        (("--exit-zero",), 0),
        ((), 1),
        (("--fail-on", "warning"), 1),
        (("--fail-on", "unknown"), 3),
    ],
)
def test_the_demo_ends_as_its_findings_and_the_threshold_say(
    advisor: Advisor, arguments: tuple[str, ...], code: int
) -> None:
    assert advisor("audit", "--demo", "--format", "json=r.json", *arguments).code == code


def test_nothing_found_is_0(advisor: Advisor, folder: Path) -> None:
    _save_empty_host(folder)
    assert advisor("report", "host.json", "--format", "json").code == 0


def test_a_known_finding_does_not_count(advisor: Advisor) -> None:
    assert advisor("audit", "--demo", "--format", "json=old.json").code == 1
    assert advisor("audit", "--demo", "--baseline", "old.json", "--format", "json=new").code == 0


def test_usage_is_2(advisor: Advisor) -> None:
    assert advisor("audit", "--no-such-option").code == 2


def test_a_target_that_was_named_and_failed_is_3(advisor: Advisor, folder: Path) -> None:
    _save_empty_host(folder)
    ended = advisor(
        *("audit", "--snapshot", "host.json", "--docker-host", f"unix://{folder}/none.sock"),
        *("--format", "json=r.json", "--quiet"),
    )
    assert ended.code == 3
    assert ended.err == (
        f"advisor: docker: unix://{folder}/none.sock: no socket {folder}/none.sock"
        " (start the engine, or name it with --docker-host)\n"
    )


def test_the_same_failure_counts_again_in_a_report(advisor: Advisor, folder: Path) -> None:
    _save_empty_host(folder)
    saved = advisor(
        *("snapshot", "--snapshot", "host.json", "--docker-host", f"unix://{folder}/none.sock"),
        *("-o", "all.json"),
    )
    assert saved.code == 3
    assert advisor("report", "all.json", "--format", "json=r.json").code == 3


def test_an_absent_default_target_is_only_a_note(advisor: Advisor, folder: Path) -> None:
    ended = advisor("snapshot", "--no-docker", "-o", "s.json")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == (
        "advisor: nothing could be read: current context: there is no kubeconfig (name a cluster"
        " with --context or a host with --docker-host, or see how it looks with: advisor audit"
        " --demo)\n"
    )
    assert list(folder.iterdir()) == []


def test_a_fault_of_its_own_is_70_and_one_line(
    advisor: Advisor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from advisor.cli.process import _internal

    assert _internal(RuntimeError("odd\nthing")) == 70
    ended = advisor("--version")
    assert ended.err == (
        "advisor: internal error: RuntimeError: odd\\nthing"
        " (please report it with the output of ADVISOR_DEBUG=1)\n"
    )


def _save_empty_host(folder: Path) -> None:
    from advisor.facts.host import DockerHost
    from advisor.facts.snapshot import Snapshot
    from advisor.facts.store import save_snapshot

    host = DockerHost(name="gpu-01", url="ssh://gpu-01", images=(), containers=(), volumes=())
    snapshot = Snapshot(advisor="0.1.0", taken="2026-11-24T08:00:00Z", hosts=(host,))
    save_snapshot(snapshot, str(folder / "host.json"))


def test_inputs_without_a_job_are_no_fault_and_told(advisor: Advisor, folder: Path) -> None:
    (folder / "run.sh").write_text("docker build .\n", encoding="utf-8")
    for spec in ("run.sh", "docker ps", "docker build ."):
        checked, translated = advisor("check", spec), advisor("translate", spec)
        assert (checked.code, checked.out.splitlines()[0]) == (
            0,
            "no jobs. Checked without a cluster",
        )
        assert (translated.code, translated.out, translated.err) == (
            0,
            "",
            "no job was found: nothing is translated\n",
        )
