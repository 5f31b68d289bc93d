"""Every mistake ends in one line that says what, where and what to do, and in exit code 2 or 3."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Advisor

AUDIT = ("audit", "--demo")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("audti",), "there is no command 'audti', did you mean 'audit'? (see: advisor --help)"),
        (
            ("rules", "lst"),
            "there is no command 'lst', did you mean 'list'? (see: advisor rules --help)",
        ),
        (
            (*AUDIT, "--format", "htlm"),
            "there is no format 'htlm', did you mean 'html'? (see: advisor audit --help)",
        ),
        (
            (*AUDIT, "--format", "json="),
            "--format json=: the path after '=' is missing (see: advisor audit --help)",
        ),
        (
            (*AUDIT, "--context", "prod"),
            "--demo cannot be combined with --context (see: advisor audit --help)",
        ),
        (
            ("audit", "--no-cluster", "--context", "prod"),
            "--no-cluster contradicts --context and --kubeconfig (see: advisor audit --help)",
        ),
        (
            ("snapshot", "--no-docker", "--docker-host", "ssh://a"),
            "--no-docker contradicts --docker-host (see: advisor snapshot --help)",
        ),
        (
            ("audit", "--no-cluster", "--no-docker"),
            "there is nothing to read"
            " (leave out --no-cluster or --no-docker, or name a --snapshot)",
        ),
        (
            ("audit", "--docker-host", "gopher://a"),
            "gopher://a: not a Docker host URL"
            " (give unix:///path/to/socket, tcp://host:2376 or ssh://user@host)",
        ),
        (
            (*AUDIT, "--format", "json=r", "--format", "html=./r"),
            "./r: two outputs go to one path"
            " (give each its own path, as in --format json=report.json)",
        ),
        (
            (*AUDIT, "--format", "json", "--format", "html"),
            "two outputs go to standard output"
            " (give each its own path, as in --format json=report.json)",
        ),
        (
            (*AUDIT, "--format", "html=none/r.html"),
            "none/r.html: there is no folder none (make the folder first)",
        ),
        (("snapshot", "--demo", "-o", "."), ".: this is a folder (name a file in it)"),
        ((*AUDIT, "--config", "none.toml"), "none.toml: there is no such file (check the path)"),
        ((*AUDIT, "--baseline", "none.json"), "none.json: there is no such file (check the path)"),
        (
            (*AUDIT, "--rules", "none"),
            "none: not a readable directory: No such file or directory"
            " (give a directory with one YAML file a rule)",
        ),
        (("report", "none.json"), "none.json: there is no such file (check the path)"),
        *(
            (
                (command, *arguments),
                "'-' is given twice; standard input can be read once"
                f" (see: advisor {command} --help)",
            )
            for command, *arguments in (
                ("merge", "-", "-"),
                ("diff", "-", "-"),
                ("check", "-", "--snapshot", "-"),
                ("translate", "-", "--config", "-"),
                ("audit", "--snapshot", "-", "--jobs", "-"),
                ("audit", "--snapshot", "-", "--baseline", "-"),
                ("report", "-", "--baseline", "-"),
                ("plan", "-", "--status-from", "-"),
            )
        ),
        (
            (*AUDIT, "--assume", "gpu-node=4"),
            "--assume: there is no 'gpu-node', did you mean 'gpu-nodes'?"
            " (as in: gpu-nodes=4,gpus-per-node=8,cpus=64,memory=512Gi)",
        ),
        (
            (*AUDIT, "--exclude-nodes", "a in"),
            "--exclude-nodes: column 5: '(' is expected where it ends"
            " (as in: gpu=no, tier in (a,b), !retired)",
        ),
        (
            (*AUDIT, "--registry", "https://registry.example.com"),
            "--registry: 'https://registry.example.com' is no registry (host, port and lower-case"
            " path without https://, as in: registry.example.com:5000/research)",
        ),
        (
            ("rules", "explain", "LAB"),
            "there is no rule 'LAB' (see them all with: advisor rules list)",
        ),
        (
            ("rules", "new", "x"),
            "`x` is no rule id (2 to 6 capitals and 3 digits, like LAB001)",
        ),
    ],
)
def test_what_cannot_be_used_is_2(
    advisor: Advisor, folder: Path, arguments: tuple[str, ...], line: str
) -> None:
    assert advisor(*arguments) == (2, "", f"advisor: {line}\n")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["bad.json", "bad.json.gz", "bad.json.zst"])
@pytest.mark.parametrize("command", [("report",), ("merge",), ("audit", "--snapshot")])
def test_a_truncated_snapshot_is_2(
    advisor: Advisor, folder: Path, name: str, command: tuple[str, ...]
) -> None:
    assert advisor("snapshot", "--demo", "-o", name).code == 0
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
    ended = advisor(*command, name)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert ended.err.startswith(f"advisor: {name}:")
    assert ended.err.endswith("(make one with: advisor snapshot -o FILE)\n")


def test_a_snapshot_of_a_newer_schema_is_2(advisor: Advisor, folder: Path) -> None:
    (folder / "new.json").write_text(
        '{"schema": 99, "advisor": "9.0", "taken": "", "registries": [], "redactions": []}'
    )
    assert advisor("report", "new.json") == (
        2,
        "",
        "advisor: new.json: a snapshot of schema 99, written by advisor 9.0; this advisor reads up"
        " to schema 1 (upgrade advisor, or take the snapshot again with this version)\n",
    )


def test_a_report_is_no_snapshot(advisor: Advisor, folder: Path) -> None:
    advisor("audit", "--demo", "--format", "json=r.json")
    ended = advisor("report", "r.json")
    assert (ended.code, ended.err) == (
        2,
        "advisor: r.json: not an advisor snapshot (make one with: advisor snapshot -o FILE)\n",
    )


def test_a_rule_with_a_bad_expression_is_2(advisor: Advisor, folder: Path) -> None:
    text = advisor("rules", "new", "LAB001").out
    (folder / "rules").mkdir()
    (folder / "rules" / "LAB001.yaml").write_text(text.replace("image.tag ==", "image.tag =+"))
    ended = advisor("audit", "--demo", "--rules", "rules", "--format", "json=r.json")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert ended.err.startswith("advisor: rules/LAB001.yaml:6:")
    assert not (folder / "r.json").exists()


def test_a_setting_with_a_typo_is_2(advisor: Advisor, folder: Path) -> None:
    (folder / "advisor.toml").write_text("registyr = 'x'\n")
    assert advisor("audit", "--demo").err == (
        "advisor: advisor.toml:1:1: there is no setting 'registyr', did you mean 'registry'?"
        " (see docs/reference/configuration.md)\n"
    )


def test_an_unwritable_path_is_2_before_anything_is_read(advisor: Advisor) -> None:
    ended = advisor("audit", "--demo", "--rules", "none", "--format", "json=/proc/r.json")
    assert ended == (
        2,
        "",
        "advisor: /proc/r.json: cannot be written: no such file or directory\n",
    )


KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: lab
contexts: [{name: lab, context: {cluster: lab, user: me}}]
clusters: [{name: lab, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: me, user: {token: x}}]
"""


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (("--context", "prod"), "advisor: prod: no kubeconfig holds a context 'prod'"),
        (("--kubeconfig", "none"), "advisor: current context: none: no such kubeconfig"),
        (("--no-cluster", "--docker-host", "unix:///no.sock"), "advisor: unix:///no.sock: "),
        (("--no-cluster", "--docker-host", "tcp://127.0.0.1:9"), "advisor: tcp://127.0.0.1:9: "),
    ],
)
def test_a_target_that_cannot_be_reached_is_3(
    advisor: Advisor, folder: Path, arguments: tuple[str, ...], beginning: str
) -> None:
    ended = advisor("audit", *arguments, "--no-docker" if "--no-cluster" not in arguments else "-q")
    assert (ended.code, ended.out, ended.err.count("\n")) == (3, "", 1)
    assert ended.err.startswith(beginning)
    assert list(folder.iterdir()) == []


def test_an_unreachable_cluster_is_3(advisor: Advisor, folder: Path) -> None:
    (folder / "config").write_text(KUBECONFIG)
    ended = advisor(
        *("audit", "--kubeconfig", "config", "--no-docker", "--timeout", "2"),
        *("--format", "json=r.json"),
    )
    assert (ended.code, ended.out, ended.err.count("\n")) == (3, "", 1)
    assert ended.err.startswith("advisor: lab: ")
    assert not (folder / "r.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "docker run a/b:1", "--no-cluster", "--nfs", "u:PASSW@h:/a=/raid"),
        ("check", "docker run a/b:1", "--no-cluster", "--data-claim", "u:PASSW@h=/raid"),
        ("host-script", "--reach", "u:PASSW@h:x"),
        ("merge", "u:PASSW@h"),
        ("translate", "docker run a/b:1", "--set", "u:PASSW@h"),
    ],
)
def test_a_login_in_an_argument_is_not_repeated(
    advisor: Advisor, arguments: tuple[str, ...]
) -> None:
    ended = advisor(*arguments)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "[redacted]@h" in ended.err
    assert "PASSW" not in ended.err


def test_an_ignore_that_matches_nothing_is_told(advisor: Advisor, folder: Path) -> None:
    (folder / "advisor.toml").write_text(
        '[[ignore]]\nrule = "IMG999"\nsubject = "*"\nreason = "old"\n'
    )
    told = "note: [[ignore]] that matched nothing: IMG999 on *: old\n"
    assert advisor("audit", "--demo", "--exit-zero").err == told
    assert advisor("check", "docker run a/b:1", "--no-cluster").err == told
    assert advisor("audit", "--demo", "--exit-zero", "--quiet").err == ""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            '[rules.IMG001]\nseverity = "fatal"\n',
            "advisor.toml:2:1: rules.IMG001.severity: there is no 'fatal'"
            " (it takes: error, warning, info)",
        ),
        (
            '[storage-classes.x]\nserves = "all"\n',
            "advisor.toml:2:1: storage-classes.x.serves: there is no 'all'"
            " (it takes: many-nodes, one-node, node-local)",
        ),
        (
            "[rules.NOPE]\nenabled = false\n",
            "advisor.toml: rules.NOPE: there is no such rule (`advisor rules list` shows them all)",
        ),
        (
            "[rules.IMG001.params]\na = 1\n",
            "advisor.toml: rules.IMG001.params.a: no such parameter (it has: none)",
        ),
        (
            'runai = ""\n',
            'advisor.toml:1:1: runai: no release (name one, as in: runai = "2.25"; or leave the'
            " line out)",
        ),
        ('runai = "9.9"\n', "advisor.toml: runai: release '9.9' is not in the table"),
    ],
)
def test_a_fault_in_the_configuration_names_its_file(
    advisor: Advisor, folder: Path, text: str, line: str
) -> None:
    (folder / "advisor.toml").write_text(text)
    for arguments in (("audit", "--demo"), ("translate", "docker run a/b:1", "--no-cluster")):
        ended = advisor(*arguments)
        assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
        assert ended.err.startswith(f"advisor: {line}")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("audit", "--no-cluster", "--docker-host", "gpu-01"),
            "gpu-01: this has no scheme (write ssh://gpu-01)",
        ),
        (
            ("translate", "docker run a/b:1", "--namespace", "A B"),
            "--namespace: 'A B' is no name of a namespace"
            " (lower-case letters, digits and dashes, as in: team-cv)",
        ),
        (
            ("check", "docker run a/b:1", "-p", "a;b"),
            "--project: 'a;b' is no name of a project"
            " (lower-case letters, digits and dashes, as in: team-cv)",
        ),
        (
            ("translate", "docker run a/b:1", "--cwd", "nodir"),
            "--cwd: 'nodir' is no absolute path (as in: --cwd /home/ada/project)",
        ),
    ],
)
def test_a_value_that_cannot_be_meant(
    advisor: Advisor, arguments: tuple[str, ...], line: str
) -> None:
    assert advisor(*arguments) == (2, "", f"advisor: {line}\n")


def test_what_goes_on_names_what_was_run(advisor: Advisor) -> None:
    advisor("snapshot", "--demo", "-o", "a b.json")
    shown = advisor("report", "a b.json", "--exit-zero", "--assume", "gpu-nodes=2").out
    assert "\n  advisor report 'a b.json' --assume gpu-nodes=2 --verbose\n" in shown
    assert "\n  advisor plan 'a b.json' --assume gpu-nodes=2 -o plan/\n" in shown
    assert "  advisor audit --demo --verbose  " in advisor("audit", "--demo", "--exit-zero").out


def test_the_help_of_diff_has_its_formats(advisor: Advisor) -> None:
    shown = " ".join(advisor("diff", "--help").out.split())
    assert "terminal, html, markdown or json, on standard output" in shown
    assert "sarif" not in shown


def test_a_demo_where_there_is_none(advisor: Advisor) -> None:
    told = "advisor: advisor check has no --demo; these have: advisor audit, snapshot, serve\n"
    assert advisor("check", "--demo") == (2, "", told)
