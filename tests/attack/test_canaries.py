"""No secret in any output: canaries in every place that holds a text, and every output searched.

What is planted are the forms that tell by themselves or by their name; the places are taken from
the tables of flags, keys and records, so that a new one is tried by itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from advisor import api
from advisor.facts.cluster import Cluster
from advisor.facts.host import DockerHost
from advisor.facts.redaction import redact
from advisor.facts.snapshot import RegistryImage, Snapshot
from advisor.facts.source import Source
from advisor.jobs.spec import JobSpec
from advisor.jobs.withholding import withhold
from advisor.readers.compose.keys import SERVICE
from advisor.readers.docker_run.flags import flag_catalog
from advisor.readers.runai.flags import first_flags, second_flags
from tests.attack.records import filled

CANARY = "Zq7canary81"
FORMS = (
    f"https://u:{CANARY}@h/x",
    f"token={CANARY}",
    f"--password {CANARY}",
    f"wandb login {CANARY}",
    f"curl -H 'Authorization: Bearer {CANARY}' h",
)
TARGETS = ("runai-v1", "runai-v2", "kubernetes")
CHECK_FORMATS = ("terminal", "json", "markdown", "html", "sarif", "junit")
AUDIT_FORMATS = ("terminal", "json", "markdown", "html", "sarif", "junit")


def advisor(*words: str, folder: Path, text: str | None = None, **environment: str) -> str:
    """Everything that one run says and leaves, the folder for temporary files too."""
    places = {"HOME": str(folder), "TMPDIR": str(folder), "NO_COLOR": "1", **environment}
    done = subprocess.run(
        [sys.executable, "-m", "advisor", *words],
        capture_output=True,
        text=True,
        input=text,
        cwd=folder,
        env={**os.environ, **places},
        timeout=600,
        check=False,
    )
    assert done.returncode in (0, 1, 2, 3), done.stderr
    return done.stdout + done.stderr


def leaks(text: str) -> list[str]:
    """Where the canary shows, each with what is before it."""
    pieces = text.split(CANARY)
    return [piece[-120:] for piece in pieces[:-1]]


def docker_commands() -> Iterator[str]:
    for flag in flag_catalog().flags:
        if flag.value == "bool" or flag.name in ("help", "version"):
            continue
        for form in FORMS:
            yield f'docker run --{flag.name} "{form}" reg.example.com/a/b:1 python t.py'
    for form in FORMS:
        yield f"docker run reg.example.com/a/b:1 {form}"
        yield f'docker run reg.example.com/a/b:1 bash -c "{form}"'
    yield f"docker run https://u:{CANARY}@reg.example.com/x true"
    yield f"docker run -e X_KEY={CANARY} -e MY_PW={CANARY} reg.example.com/x true"
    yield f"docker -H tcp://u:{CANARY}@h:2375 run reg.example.com/x true"


def runai_commands() -> Iterator[str]:
    first = set(first_flags("submit").by_name)
    second = set(second_flags("training standard submit").by_name)
    for verb, names in (("submit j", first), ("training standard submit j", second)):
        for name in sorted(names):
            for form in FORMS[:3]:
                yield f'runai {verb} --image reg.example.com/a/b:1 --{name} "{form}" -- python t.py'
    yield (
        "runai training standard submit j --image reg.example.com/a/b:1"
        f" --git-sync source=https://u:{CANARY}@h/r,branch=main --label auth=u:{CANARY}"
    )


def compose_files() -> Iterator[tuple[str, str]]:
    for key in sorted(SERVICE - {"extends"}):
        for number, form in enumerate(FORMS):
            for kind, value in enumerate((form, [form], {"token": CANARY, "note": form})):
                services = {"s": {"image": "reg.example.com/a/b:1", key: value}}
                yield f"{key}-{number}-{kind}/compose.yaml", yaml.safe_dump({"services": services})


def manifest(form: str) -> dict[str, Any]:
    """An object with the form in the fields that people fill by hand."""
    probe = {"httpGet": {"path": f"/?token={CANARY}", "port": 80, "httpHeaders": []}}
    probe["httpGet"]["httpHeaders"] = [{"name": "Authorization", "value": CANARY}]
    container = {
        "name": "c",
        "image": f"https://u:{CANARY}@reg.example.com/x:1",
        "command": ["sh", "-c", form],
        "args": ["--password", CANARY, form],
        "workingDir": form,
        "env": [{"name": "HF_TOKEN", "value": CANARY}, {"name": "NOTE", "value": form}],
        "livenessProbe": probe,
        "readinessProbe": {"exec": {"command": ["sh", "-c", form]}},
        "lifecycle": {"postStart": {"exec": {"command": ["sh", "-c", form]}}},
        "resources": {"limits": {"nvidia.com/gpu": 1}},
        "volumeMounts": [{"name": "v", "mountPath": f"/x/{form}", "subPath": form}],
    }
    volumes = [
        {"name": "v", "hostPath": {"path": f"/data/{form}"}},
        {"name": "f", "flexVolume": {"driver": "a/b", "options": {"password": CANARY, "o": form}}},
        {"name": "g", "csi": {"driver": "s", "volumeAttributes": {"key": form, "secret": CANARY}}},
        {"name": "n", "nfs": {"server": "h", "path": f"/{form}"}},
    ]
    applied = json.dumps({"spec": {"env": [{"name": "HF_TOKEN", "value": CANARY}], "x": form}})
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": applied, "note": form}
    spec = {
        "restartPolicy": "Never",
        "initContainers": [{"name": "i", "image": "a", "args": ["clone", form]}],
        "containers": [container],
        "volumes": volumes,
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": [form]}],
        "nodeSelector": {"auth": f"u:{CANARY}"},
    }
    metadata = {"name": "t", "annotations": annotations, "labels": {"auth": f"u:{CANARY}"}}
    template = {"metadata": {"annotations": annotations}, "spec": spec}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {"template": template},
    }


def written(folder: Path, files: Iterator[tuple[str, str]]) -> Path:
    for name, text in files:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder


def manifests() -> Iterator[tuple[str, str]]:
    for number, form in enumerate(FORMS):
        yield f"m{number}.yaml", yaml.safe_dump(manifest(form))


def scripts() -> Iterator[tuple[str, str]]:
    yield "docker.sh", "\n".join(docker_commands()) + "\n"
    yield "runai.sh", "\n".join(runai_commands()) + "\n"


SOURCES = {"scripts": scripts, "compose": compose_files, "manifests": manifests}


@pytest.fixture(params=SOURCES)
def jobs(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return written(tmp_path / "jobs", SOURCES[request.param]())


@pytest.mark.parametrize("target", TARGETS)
def test_no_translation_repeats_a_secret(jobs: Path, target: str) -> None:
    report = api.translate([str(jobs)], target)  # type: ignore[arg-type]
    assert len(report.jobs) > 3
    assert leaks(msgspec.json.encode(report).decode()) == []
    assert leaks(repr(report.problems)) == []


def test_no_check_repeats_a_secret_in_any_format(jobs: Path) -> None:
    report = api.check([str(jobs)], targets=("runai-v2",))
    found = {one: leaks(api.render_check(report, one)) for one in CHECK_FORMATS}
    assert found == {one: [] for one in CHECK_FORMATS}


@pytest.mark.parametrize(
    "kind", [Snapshot, Cluster, DockerHost, RegistryImage, Source], ids=lambda one: one.__name__
)
@pytest.mark.parametrize("form", FORMS)
def test_every_field_of_every_record_passes_the_stage(kind: type[Any], form: str) -> None:
    record = filled(kind, form)
    assert CANARY in msgspec.json.encode(record).decode()
    clean, taken_out = redact(record)
    assert leaks(msgspec.json.encode(clean).decode()) == []
    assert taken_out
    assert redact(clean) == (clean, ())


def test_every_field_of_a_job_passes_the_stage() -> None:
    for form in FORMS:
        job = filled(JobSpec, form)
        clean = msgspec.structs.replace(withhold(job), id="", place=None, document=None, ignores=())
        shown = msgspec.json.decode(msgspec.json.encode(clean))
        _drop(shown, "environment")  # its writers know the names of variables
        _drop(shown, "node_affinity")
        assert leaks(json.dumps(shown)) == []


def _drop(value: Any, key: str) -> None:
    if isinstance(value, dict):
        value.pop(key, None)
        for one in value.values():
            _drop(one, key)
    elif isinstance(value, list):
        for one in value:
            _drop(one, key)


def test_no_report_on_an_old_snapshot_repeats_a_secret(tmp_path: Path) -> None:
    bundled = api.demo_snapshot()
    planted = _planted(msgspec.json.decode(msgspec.json.encode(bundled)))
    place = tmp_path / "old.json"
    place.write_text(json.dumps(planted), encoding="utf-8")
    assert CANARY in place.read_text(encoding="utf-8")
    snapshot = api.load_snapshot(str(place))
    assert leaks(msgspec.json.encode(snapshot).decode()) == []
    assessment = api.audit(snapshot)
    found = {one: leaks(api.render(assessment, one)) for one in AUDIT_FORMATS}
    assert found == {one: [] for one in AUDIT_FORMATS}
    api.write_plan(assessment, snapshot, str(tmp_path / "plan"))
    files = [one for one in (tmp_path / "plan").rglob("*") if one.is_file()]
    assert files
    assert [str(one) for one in files if leaks(one.read_text(encoding="utf-8"))] == []


def _planted(value: Any, key: str = "") -> Any:
    """The snapshot as a careless probe would have written it."""
    if isinstance(value, dict):
        grown = {name: _planted(one, name) for name, one in value.items()}
        if key in ("labels", "annotations", "options", "parameters", "node_selector"):
            grown |= {"auth": f"u:{CANARY}", "note": f"curl -uu:{CANARY} h"}
        return grown
    if isinstance(value, list):
        return [_planted(one) for one in value]
    if key in ("reason", "server", "url", "working_directory", "evidence"):
        return f"{value}?token={CANARY}" if value else value
    return value


FAILING = (
    ("audit", "--no-docker", "--kubeconfig", "kubeconfig"),
    ("audit", "--no-cluster", "--docker-host", f"tcp://u:{CANARY}@127.0.0.1:1"),
    ("audit", "--no-cluster", "--docker-host", f"ftp://u:{CANARY}@127.0.0.1:1"),
    ("snapshot", "--kubeconfig", "kubeconfig", "--no-docker", "-o", "s.json"),
    ("preflight", "--kubeconfig", "kubeconfig"),
    ("check", f"docker run -e MY_TOKEN={CANARY} --gpus"),
    ("check", f"docker run --memory token={CANARY} img"),
    ("translate", f"docker run --password {CANARY} img"),
    ("translate", "--container", f"https://u:{CANARY}@h/c"),
    ("check", "broken.yaml"),
    ("audit", "--demo", "--registry", f"https://u:{CANARY}@reg.example.com/x"),
    ("audit", "--demo", "--registry", f"u:{CANARY}@reg.example.com/x"),
    ("report", f"token={CANARY}.json"),
    ("diff", f"https://u:{CANARY}@h/s.json", "broken.yaml"),
    ("plan", "broken.yaml", "-o", f"plan?token={CANARY}"),
    ("translate", "--nfs", f"u:{CANARY}@h/x=/d", "docker run -v /d:/d reg.example.com/a:1"),
)


@pytest.mark.parametrize("words", FAILING, ids=[" ".join(one[:2]) for one in FAILING])
def test_a_run_that_fails_repeats_no_secret(words: tuple[str, ...], tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    plugin.write_text(f"#!/bin/sh\necho 'login failed: token={CANARY}' >&2\nexit 1\n")
    plugin.chmod(0o755)
    (tmp_path / "broken.yaml").write_text(f"services:\n  s:\n    token: {CANARY}\n   x: [\n")
    execute = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "k", "cluster": {"server": f"https://127.0.0.1:1/?token={CANARY}"}}],
        "users": [{"name": "u", "user": {"exec": {**execute, "interactiveMode": "Never"}}}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
    }
    given = tmp_path / "kubeconfig"
    given.write_text(yaml.safe_dump(config))
    made = {plugin, given, tmp_path / "broken.yaml"}
    assert leaks(advisor(*words, folder=tmp_path)) == []
    left = [one for one in tmp_path.rglob("*") if one.is_file() and one not in made]
    assert [str(one) for one in left if leaks(one.read_text(errors="replace"))] == []
