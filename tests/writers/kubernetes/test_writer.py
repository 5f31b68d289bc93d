from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.facts.secrecy import redact_text
from advisor.facts.workload import Toleration
from advisor.jobs.run import GpuAsk, PortMapping, Run, RunMount, Security, Variable
from advisor.jobs.translation import NfsExport, Situation
from advisor.jobs.word import Expansion, Word, word
from advisor.readers.compose.reader import read_compose
from advisor.writers import write
from advisor.writers.kubernetes.text import manifest_text
from tests.readers.manifest.whole_files import manifest_jobs
from tests.writers.jobs import docker_job, reason, told
from tests.writers.kubernetes_samples import SITUATIONS, any_runs, job_of

KUBERNETES = Situation(target="kubernetes")


def container_of(command: str, situation: Situation = KUBERNETES) -> Any:
    document: Any = write(docker_job(command), situation).documents[0]
    spec = document["spec"]
    return spec.get("template", {"spec": spec})["spec"]["containers"][0]


@pytest.mark.parametrize(
    ("command", "kinds"),
    [
        ("docker run img", ["Job"]),
        ("docker run -it img", ["Pod"]),
        ("docker run -it -p 80:80 img", ["Pod", "Service"]),
        ("docker run -d --restart always img", ["Deployment"]),
        ("docker run -d -p 8888:8888 img", ["Deployment", "Service"]),
        ("docker run -d -p 80:80 img python -m vllm.serve --eval", ["Deployment", "Service"]),
        ("docker run -d -p 80:80 img python /train/train_api.py", ["Deployment", "Service"]),
        (
            "docker run -d -p 6006:6006 img torchrun --nproc_per_node 2 /x/train.py",
            ["Job", "Service"],
        ),
        (
            "docker run -p 6006:6006 img bash -c 'cd /x && python finetune_lora.py'",
            ["Job", "Service"],
        ),
        (
            "docker run -d --restart always -p 6006:6006 img python train.py",
            ["Deployment", "Service"],
        ),
        ("docker run --expose 80 img", ["Job"]),
    ],
)
def test_kinds(command: str, kinds: list[str]) -> None:
    assert [one["kind"] for one in write(docker_job(command), KUBERNETES).documents] == kinds


@pytest.mark.parametrize(
    ("kind", "name", "field", "leader"),
    [
        ("pytorch", "PyTorchJob", "pytorchReplicaSpecs", "Master"),
        ("mpi", "MPIJob", "mpiReplicaSpecs", "Launcher"),
        ("tensorflow", "TFJob", "tfReplicaSpecs", "Chief"),
    ],
)
def test_distributed_jobs_keep_their_kind(kind: str, name: str, field: str, leader: str) -> None:
    run = Run(image=word("img"), distributed=kind, workers=3)
    document: Any = write(job_of(run), KUBERNETES).documents[0]
    assert document["kind"] == name
    replicas = {role: spec["replicas"] for role, spec in document["spec"][field].items()}
    assert replicas == {leader: 1, "Worker": 3}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("$HOME", "$HOME"),
        ("$(HOME)", "$$(HOME)"),
        ("$$x", "$$$$x"),
        ("$$(x)", "$$$$(x)"),
        ("a$", "a$"),
    ],
)
def test_dollars_that_kubernetes_would_take_are_doubled(text: str, written: str) -> None:
    run = Run(
        image=word("img"),
        arguments=(word(text),),
        environment=(Variable(name="A", value=word(text)),),
    )
    translation = write(job_of(run), KUBERNETES)
    document: Any = translation.documents[0]
    container = document["spec"]["template"]["spec"]["containers"][0]
    assert container["args"] == [written]
    assert container["env"] == [{"name": "A", "value": written}]
    (again,) = manifest_jobs(translation.text, "f.yaml")
    assert again.run is not None
    assert again.run.arguments == (word(text),)


def test_secrets_are_in_a_secret_alone() -> None:
    command = (
        "docker run -e HF_TOKEN=hf_abcdefghijklmnopqrstuv img"
        " train --api-key sk-abcdefghijklmnopqrstuv"
    )
    translation = write(docker_job(command), KUBERNETES)
    container = container_of(command)
    assert container["args"] == ["train", "--api-key", "$(API_KEY)"]
    assert container["env"] == [
        {
            "name": name,
            "valueFrom": {"secretKeyRef": {"name": "img-secrets", "key": name}},
        }
        for name in ("HF_TOKEN", "API_KEY")
    ]
    assert translation.before == (
        "# the Secret, from the shell's own HF_TOKEN, API_KEY\n"
        'kubectl create secret generic img-secrets --from-literal=HF_TOKEN="$HF_TOKEN"'
        ' --from-literal=API_KEY="$API_KEY"',
    )
    assert "abcdefghijklmnopqrstuv" not in str(msgspec.to_builtins(translation))


def test_a_secret_that_the_shell_has_under_another_name() -> None:
    command = 'docker run -e HF_TOKEN=$tok -e API_KEY="$(cat key)" -e DB_PASSWORD= img'
    translation = write(docker_job(command), KUBERNETES)
    references = {
        one["name"]: one.get("valueFrom", one.get("value")) for one in container_of(command)["env"]
    }
    assert references == {
        "HF_TOKEN": {"secretKeyRef": {"name": "img-secrets", "key": "HF_TOKEN"}},
        "API_KEY": {"secretKeyRef": {"name": "img-secrets", "key": "API_KEY"}},
        "DB_PASSWORD": "",
    }
    assert translation.before == (
        "# the Secret, from the shell's own tok, API_KEY\n"
        'kubectl create secret generic img-secrets --from-literal=HF_TOKEN="$tok"'
        ' --from-literal=API_KEY="$API_KEY"',
    )


def test_what_only_a_shell_knows_is_a_placeholder() -> None:
    command = "docker run -u $(id -u) -w $PWD -e A -e B=~/x -v $PWD/d:/d img $N"
    translation = write(docker_job(command), KUBERNETES)
    unresolved = [name for name, fate, _ in told(translation) if fate == "unresolved"]
    assert unresolved == ["--user", "--workdir", "--env", "--env", "--volume", "COMMAND"]
    container = container_of(command)
    assert (container["workingDir"], container["args"]) == ("SET_ME_PWD", ["SET_ME_N"])
    assert container["securityContext"] == {"runAsUser": "SET_ME_ID_U"}
    settled = Situation(
        target="kubernetes",
        directory="/home/me",
        values={"N": "3", "A": "1", "HOME": "/home/me", "ID_U": "1000"},
        outcomes={"data:$PWD/d": "stay", "data:/home/me/d": "stay"},
    )
    container = container_of(command, settled)
    assert (container["workingDir"], container["args"]) == ("/home/me", ["3"])
    assert container["securityContext"] == {"runAsUser": 1000}
    assert container["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "/home/me/x"}]
    assert write(docker_job(command), settled).missing == ()


def test_an_env_file_becomes_a_configmap() -> None:
    translation = write(docker_job("docker run --env-file my.env img"), KUBERNETES)
    container = container_of("docker run --env-file my.env img")
    assert container["envFrom"] == [{"configMapRef": {"name": "img-environment"}}]
    assert translation.before == (
        "# the variables of my.env; with secrets in it make a Secret instead, and refer to it by"
        " secretRef\n"
        "kubectl create configmap img-environment --from-env-file=my.env",
    )


MANIFEST = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, uid: 1}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: main
            image: team/train:1
            imagePullPolicy: Never
            env: [{name: HF_TOKEN, value: hf_abcdefghijklmnopqrstuv}, {name: A, value: "1"}]
            resources: {limits: {nvidia.com/gpu: 1}}
            volumeMounts: [{name: data, mountPath: /data}]
          volumes:
          - {name: data, hostPath: {path: /raid/data}}
status: {active: []}
"""


def test_a_manifest_stays_what_it_is() -> None:
    situation = Situation(
        target="kubernetes",
        outcomes={"image": "move", "data:/raid/data": "move"},
        registry="registry.example/team",
        exports=(NfsExport(server="nas", export="/exports", path="/raid"),),
        tolerations=(Toleration(key="nvidia.com/gpu", operator="Exists"),),
        node_selector={"gpu": "yes"},
    )
    (job,) = manifest_jobs(MANIFEST, "f.yaml")
    translation = write(job, situation)
    expected = yaml.safe_load(MANIFEST)
    del expected["status"], expected["metadata"]["uid"]
    pod = expected["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    container["image"] = "registry.example/team/team/train:1"
    del container["imagePullPolicy"]
    container["env"][0] = {
        "name": "HF_TOKEN",
        "valueFrom": {"secretKeyRef": {"name": "nightly-secrets", "key": "HF_TOKEN"}},
    }
    pod["volumes"] = [{"name": "data", "nfs": {"server": "nas", "path": "/exports/data"}}]
    pod["tolerations"] = [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    pod["nodeSelector"] = {"gpu": "yes"}
    assert list(translation.documents) == [expected]
    assert yaml.safe_load(translation.text) == expected
    path = "spec.jobTemplate.spec.template.spec"
    changed = [name for name, fate, _ in told(translation) if fate == "changed"]
    assert changed == [
        f"{path}.containers[0].image",
        f"{path}.containers[0].imagePullPolicy",
        f"{path}.containers[0].env[0]",
        f"{path}.volumes[0]",
    ]
    assert translation.before == (
        "# put the image where every node can pull it\n"
        "docker tag team/train:1 registry.example/team/team/train:1"
        " && docker push registry.example/team/team/train:1",
        "# the Secret, from the shell's own HF_TOKEN\n"
        'kubectl create secret generic nightly-secrets --from-literal=HF_TOKEN="$HF_TOKEN"',
    )


def test_data_of_a_manifest_that_has_no_place_yet() -> None:
    (job,) = manifest_jobs(MANIFEST, "f.yaml")
    situation = Situation(target="kubernetes", outcomes={"data:/raid/data": "move"})
    translation = write(job, situation)
    assert "claimName: set-me-raid-data" in translation.text
    path = "spec.jobTemplate.spec.template.spec.volumes[0]"
    assert translation.missing == (f"{path}: {reason(translation, path)}",)


def test_a_service_of_compose() -> None:
    text = "services:\n  web:\n    image: i\n    ports: ['80:80']\n    deploy: {replicas: 2}\n"
    (job,) = read_compose({"compose.yaml": text})
    deployment, service = write(job, KUBERNETES).documents
    spec: Any = deployment["spec"]
    assert (deployment["kind"], spec["replicas"], service["kind"]) == ("Deployment", 2, "Service")


TEXT = st.text("ab: #'\"\n\\\t-{}[]?!&*%@`$é\x7f\u2028\U0001f600", max_size=8) | st.sampled_from(
    [
        "yes",
        "No",
        "null",
        "~",
        "1",
        "0o7",
        "0x1F",
        "1e3",
        ".inf",
        "1:30",
        "2024-01-01",
        "16Gi",
        "<<",
    ]
)
DOCUMENTS = st.dictionaries(
    TEXT.filter(bool),
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 10**12) | TEXT,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(TEXT.filter(bool), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    min_size=1,
    max_size=3,
)


@example([{"a\nb\nc\n": "x"}])
@given(st.lists(DOCUMENTS, min_size=1, max_size=2))
def test_text_is_read_back_by_parsers_of_both_versions(documents: list[dict[str, Any]]) -> None:
    import yaml12

    text = manifest_text(documents)
    assert list(yaml.load_all(text, Loader=yaml.SafeLoader)) == documents
    assert yaml12.parse_yaml(text, multi=True) == documents


@given(any_runs(), st.sampled_from(SITUATIONS))
def test_no_secret_is_written_and_nothing_is_unread(run: Run, situation: Situation) -> None:
    secret = Variable(name="API_TOKEN", value=word("hunter2hunter2"), secret=True)
    run = msgspec.structs.replace(run, environment=(*run.environment, secret))
    translation = write(job_of(run), situation)
    assert "hunter2hunter2" not in str(msgspec.to_builtins(translation))
    assert len(manifest_jobs(translation.text, "f.yaml")) == 1


NAMES = st.sampled_from(["B_C", "LR"])
PLAIN = st.text("ab $(){}'\"\\-é\n", min_size=1, max_size=8).filter(
    lambda text: redact_text(text)[1] == 0
)
CLUSTER = st.just(Word(parts=(Expansion(source="$(A)", kind="cluster", name="A", quoted=True),)))
VARIABLES = st.lists(
    st.builds(Variable, name=NAMES, value=PLAIN.map(word)),
    max_size=2,
    unique_by=lambda one: one.name,
)
MAPPED: dict[str, st.SearchStrategy[Any]] = {
    "name": st.just(word("train")),
    "pull": st.sampled_from(["", "always", "missing", "never"]),
    "entrypoint": st.none() | st.tuples(PLAIN.map(word)),
    "arguments": st.lists(PLAIN.map(word) | CLUSTER, max_size=3).map(tuple),
    "working_directory": st.none() | PLAIN.map(word),
    "user": st.none() | st.sampled_from(["1000", "1:2"]).map(word),
    "groups": st.sampled_from([(), ("44",)]),
    "hostname": st.sampled_from(["", "box"]),
    "host_entries": st.sampled_from([(), ("db=10.0.0.1",)]),
    "name_servers": st.sampled_from([(), ("1.1.1.1",)]),
    "interactive": st.booleans(),
    "terminal": st.booleans(),
    "mounts": st.sampled_from(
        [
            (),
            (RunMount(kind="claim", source=word("c"), target=word("/c"), read_only=True),),
            (RunMount(kind="nfs", source=word("nas:/e"), target=word("/e")),),
            (RunMount(kind="hostPath", source=word("/raid"), target=word("/raid"), create=True),),
            (RunMount(kind="tmpfs", source=word(""), target=word("/t"), size=2**30),),
            (RunMount(kind="config", source=word("Secret/s"), target=word("/s")),),
        ]
    ),
    "ports": st.sampled_from([(), (PortMapping(container=53, protocol="udp"),)]),
    "gpus": st.sampled_from([(), (GpuAsk(how="resource", count=2, resource="nvidia.com/gpu"),)]),
    "cpu_limit": st.none() | st.integers(1, 64000),
    "memory_limit": st.none() | st.integers(1, 2**40),
    "shared_memory": st.none() | st.integers(1, 2**40),
    "extended": st.sampled_from([{}, {"rdma/hca": 1}]),
    "grace_seconds": st.none() | st.integers(0, 600),
    "pull_secrets": st.sampled_from([(), ("hub",)]),
    "security": st.builds(
        Security,
        capabilities_added=st.sampled_from([(), ("IPC_LOCK",)]),
        read_only_root=st.booleans(),
        host_network=st.booleans(),
        host_ipc=st.booleans(),
        no_new_privileges=st.booleans(),
    ),
}
OF_TARGET = ("restart", "labels", "annotations", "service", "backoff_limit")
"""What the manifest says for itself where the run says nothing."""


@settings(deadline=None)
@given(st.fixed_dictionaries({"image": st.just(word("img"))}, optional=MAPPED), VARIABLES)
def test_read_back_the_mapped_part_is_the_same(
    fields: dict[str, Any], variables: list[Variable]
) -> None:
    variables = [Variable(name="A", value=word("1")), *variables]
    run = Run(**{"name": word("train"), "environment": tuple(variables), **fields})
    (again,) = manifest_jobs(write(job_of(run), KUBERNETES).text, "f.yaml")
    assert again.run is not None
    kept = {name: getattr(again.run, name) for name in run.__struct_fields__}
    stated = {name: getattr(run, name) for name in run.__struct_fields__}
    for name in OF_TARGET:
        del kept[name], stated[name]
    if run.security.host_network:
        del kept["hostname"], stated["hostname"]
    kept["security"].sysctls.pop("net.ipv4.ip_unprivileged_port_start", None)
    assert kept == stated


PROJECT = """
services:
  store:
    image: store:7
    container_name: lab_store
    expose: ["6379"]
  cache: {image: redis:7, hostname: fastcache, networks: {lab: {aliases: [kv, idle]}}}
  prepare: {image: prepare:1, command: python prepare.py}
  track: {image: mlflow:1, ports: ["5000:5000"]}
  alone: {image: worker:1, command: python worker.py --store /data/store --out cached}
  fit:
    image: fit:1
    command: python fit.py --cache redis://kv:6379/0 --other fastcache
    environment: {STORE_HOST: store, TRACK: "http://tracker:5000"}
    links: ["track:tracker"]
    depends_on: {prepare: {condition: service_completed_successfully}}
networks: {lab: {}}
"""


def test_each_name_that_others_call_is_a_service() -> None:
    made = {job.label: write(job, KUBERNETES) for job in read_compose({"c.yaml": PROJECT})}
    found: Any = {
        label: [
            (one["kind"], one["metadata"]["name"], one["spec"].get("clusterIP", ""))
            for one in cast(Any, translation.documents)
        ]
        for label, translation in made.items()
    }
    assert found == {
        "service store": [
            ("Deployment", "lab-store", ""),
            ("Service", "lab-store", ""),
            ("Service", "store", ""),
        ],
        "service cache": [
            ("Deployment", "cache", ""),
            ("Service", "cache", "None"),
            ("Service", "kv", "None"),
            ("Service", "fastcache", "None"),
        ],
        "service prepare": [("Job", "prepare", "")],
        "service track": [
            ("Deployment", "track", ""),
            ("Service", "track", ""),
            ("Service", "tracker", ""),
        ],
        "service alone": [("Job", "alone", "")],
        "service fit": [("Job", "fit", "")],
    }
    services: Any = made["service cache"].documents[1:]
    selectors = [one["spec"]["selector"] for one in services]
    assert selectors == [{"app.kubernetes.io/name": "cache"}] * 3


def test_a_name_that_no_service_can_have_is_told() -> None:
    project = read_compose({"c.yaml": PROJECT.replace("fastcache", "fast_cache")})
    ledger = write(project[1], KUBERNETES).ledger
    told_of = [entry.reason for entry in ledger if entry.item.name == "added: called"]
    assert told_of == [
        "other services call it by this name",
        "other services call it by this name",
        "other services call it fast_cache, which no Service can be called: put cache in its place",
    ]


REACHED = """
services:
  app: {build: ., ports: ["80:80"], environment: {S3: "http://minio:9000", DB: "db:5432"}}
  minio: {image: minio/minio:1, command: server /data, ports: ["9001:9001"]}
  db:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: "${DB_PASSWORD}"}
    healthcheck: {test: [CMD, pg_isready, -U, "${DB_USER}", "-p${DB_PASSWORD}"]}
  cache:
    image: redis:7
    command: redis-server --requirepass "${CACHE_PASSWORD}"
    healthcheck: {test: 'redis-cli -a ${CACHE_PASSWORD} ping'}
  ml: {image: ml:1, command: [--model, m], gpus: all}
  worker: {build: ., image: lab/worker:1, command: celery worker, restart: always}
  fetch: {build: ./fetch}
  side: {image: side:1, command: side, network_mode: "service:app"}
"""


def written(name: str) -> Any:
    jobs = {job.label: job for job in read_compose({"c.yaml": REACHED})}
    return write(jobs[f"service {name}"], KUBERNETES)


def test_services_are_reached_by_name_at_each_port_that_is_called() -> None:
    ports = {
        name: [
            [port["port"] for port in document["spec"].get("ports", ())]
            for document in written(name).documents
            if document["kind"] == "Service"
        ]
        for name in ("app", "minio", "db", "cache", "ml", "worker", "fetch")
    }
    assert ports == {
        "app": [[80]],
        "minio": [[9001, 9000]],
        "db": [[]],
        "cache": [],
        "ml": [[]],
        "worker": [],
        "fetch": [],
    }


def test_a_probe_takes_a_secret_from_a_variable_of_the_container() -> None:
    probes = {
        name: written(name).documents[0]["spec"]["template"]["spec"]["containers"][0]
        for name in ("db", "cache")
    }
    assert {name: one["livenessProbe"]["exec"]["command"] for name, one in probes.items()} == {
        "db": ["/bin/sh", "-c", 'exec pg_isready -U SET_ME_DB_USER -p"$DB_PASSWORD"'],
        "cache": ["/bin/sh", "-c", "redis-cli -a ${CACHE_PASSWORD} ping"],
    }
    assert [entry["name"] for entry in probes["db"]["env"]] == ["POSTGRES_PASSWORD", "DB_PASSWORD"]


@pytest.mark.parametrize(
    ("name", "part", "fate", "reason"),
    [
        (
            "fetch",
            "added: restart",
            "changed",
            "nothing says whether it keeps running or ends: a Deployment starts it again whenever"
            " it ends, and Docker does not; if it ends by itself make it a Job",
        ),
        (
            "side",
            "services.side.network_mode",
            "unresolved",
            "containers that share a network are one pod: put this container into the pod of the"
            " other one; until then neither reaches the other at localhost, and a port of the"
            " other that this one serves leads nowhere",
        ),
    ],
)
def test_what_a_cluster_does_otherwise_is_told(
    name: str, part: str, fate: str, reason: str
) -> None:
    entries = [entry for entry in written(name).ledger if entry.item.name == part]
    assert [(entry.fate, entry.reason) for entry in entries] == [(fate, reason)]
