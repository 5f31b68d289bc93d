from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from advisor.errors import InputError
from advisor.jobs.run import GpuAsk, HealthCheck, PortMapping, Run, RunMount, Security, Variable
from advisor.jobs.word import Expansion, joined, word
from advisor.readers.compose.keys import SERVICE
from advisor.readers.compose.reader import read_compose
from tests.refusal import result_or_refusal

FILE = """\
name: proj
x-gpu: &gpu
  deploy:
    replicas: 3
    resources:
      limits: {cpus: "4", memory: 16G}
      reservations:
        memory: 1gb
        devices:
        - {driver: nvidia, count: 2, capabilities: [gpu]}
services:
  train:
    <<: *gpu
    image: pytorch:${TAG:-24.01}
    command: python train.py --lr "0.1 2" $$HOME $DATASET
    environment: [HF_TOKEN=hf_abcdefghijklmnopqrstuv, EPOCHS, "LR=${LR}", COPIED]
    env_file: [.env.train, {path: more.env, required: false}]
    volumes:
    - ./data:/data:ro,z
    - cache:/cache
    - {type: bind, source: /raid, target: /raid, read_only: true}
    - {type: tmpfs, target: /scratch, tmpfs: {size: 1g}}
    tmpfs: /run
    secrets: [key]
    shm_size: 8gb
    ulimits: {memlock: -1, nofile: {soft: 1, hard: 2}}
    ports: ["127.0.0.1:8888:8888", 6006, {target: 53, published: "5353", protocol: udp}]
    expose: ["9000"]
    restart: unless-stopped
    healthcheck: {test: ["CMD", "true"], interval: 1m30s, retries: 3}
    extra_hosts: {db: 10.0.0.1}
    network_mode: host
    cap_add: [CAP_SYS_PTRACE]
    security_opt: [no-new-privileges:true, seccomp=unconfined]
    user: "1000:1000"
    stop_grace_period: 1m
    stdin_open: true
    labels: {team: vision}
volumes:
  cache:
    driver_opts: {type: nfs, o: "addr=10.0.0.9,rw", device: ":/export/cache"}
secrets: {key: {external: true}}
"""
DATASET = Expansion(source="$DATASET", kind="variable", name="DATASET", quoted=True)
RATE = Expansion(source="${LR}", kind="variable", name="LR", quoted=True)


def mount(kind: Any, source: str, target: str, **more: Any) -> RunMount:
    return RunMount(kind=kind, source=word(source), target=word(target), **more)


RUN = Run(
    image=word("pytorch:24.01"),
    name=word("train"),
    arguments=(
        *map(word, ("python", "train.py", "--lr", "0.1 2", "$HOME")),
        joined((replace(DATASET, quoted=False),)),
    ),
    environment=(
        Variable(name="HF_TOKEN", value=word("hf_abcdefghijklmnopqrstuv"), secret=True),
        Variable(name="EPOCHS", value=word("3")),
        Variable(name="LR", value=joined((RATE,))),
        Variable(name="COPIED"),
    ),
    environment_files=(word(".env.train"),),
    user=word("1000:1000"),
    host_entries=("db=10.0.0.1",),
    health=HealthCheck(command=(word("true"),), interval=90.0, retries=3),
    interactive=True,
    restart="unless-stopped",
    service=True,
    grace_seconds=60,
    mounts=(
        mount("bind", "./data", "/data", read_only=True, options=("z",), create=True),
        mount(
            "named-volume",
            "cache",
            "/cache",
            driver_options={"type": "nfs", "o": "addr=10.0.0.9,rw", "device": ":/export/cache"},
        ),
        mount("bind", "/raid", "/raid", read_only=True, create=True),
        mount("tmpfs", "", "/scratch", size=2**30),
        mount("tmpfs", "", "/run"),
        mount("config", "Secret/key", "/run/secrets/key", read_only=True, sub_path="key"),
    ),
    ports=(
        PortMapping(container=8888, host=8888, address="127.0.0.1"),
        PortMapping(container=6006),
        PortMapping(container=53, host=5353, protocol="udp"),
        PortMapping(container=9000, exposed=True),
    ),
    gpus=(GpuAsk(how="compose", count=2, capabilities=("gpu",)),),
    cpu_limit=4000,
    memory_limit=16 * 2**30,
    memory_request=2**30,
    shared_memory=8 * 2**30,
    ulimits=("memlock=-1", "nofile=1:2"),
    security=Security(
        capabilities_added=("SYS_PTRACE",),
        host_network=True,
        no_new_privileges=True,
        seccomp="unconfined",
    ),
    labels={"team": "vision"},
)


def test_a_service_with_all_its_keys() -> None:
    (job,) = read_compose({"a/compose.yaml": FILE}, env={"EPOCHS": "3"})
    assert job.run == RUN
    assert (job.id, job.label, job.replicas) == (
        "compose:a/compose.yaml:train",
        "service train",
        3,
    )
    assert [(item.name, item.value) for item in job.items][:9] == [
        ("services.train.deploy.replicas", "3"),
        ("services.train.deploy.resources.limits.cpus", "4"),
        ("services.train.deploy.resources.limits.memory", "16G"),
        ("services.train.deploy.resources.reservations.memory", "1gb"),
        (
            "services.train.deploy.resources.reservations.devices[0]",
            "driver: nvidia, count: 2, capabilities: [gpu]",
        ),
        ("services.train.image", "pytorch:24.01"),
        ("services.train.command", 'python train.py --lr "0.1 2" $HOME $DATASET'),
        ("services.train.environment.HF_TOKEN", "[redacted]"),
        ("services.train.environment.EPOCHS", ""),
    ]
    places = {item.name: item.place for item in job.items}
    shm = places["services.train.shm_size"]
    assert shm is not None
    assert (shm.file, shm.line, shm.column) == ("a/compose.yaml", 25, 5)


def runs(*files: str, **options: Any) -> dict[str, Run | None]:
    names = ("compose.yaml", "override.yaml", "third.yaml")
    jobs = read_compose(dict(zip(names, files, strict=False)), **options)
    return {job.label.removeprefix("service "): job.run for job in jobs}


def one(text: str) -> Run:
    run = runs(f"services:\n  a:\n    image: i\n{text}\nvolumes: {{v: {{}}}}\n")["a"]
    assert run is not None
    return run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("    gpus: all", GpuAsk(how="compose", count=-1)),
        ("    gpus: [{device_ids: ['0', '1']}]", GpuAsk(how="compose", devices=("0", "1"))),
        ("    runtime: nvidia", GpuAsk(how="runtime", count=-1)),
        (
            "    runtime: nvidia\n    environment: {NVIDIA_VISIBLE_DEVICES: '0,1'}",
            GpuAsk(how="runtime", devices=("0", "1")),
        ),
        (
            "    devices: [nvidia.com/gpu=all]",
            GpuAsk(how="cdi", count=-1, devices=("nvidia.com/gpu=all",)),
        ),
        ("    devices: [/dev/nvidia0]", GpuAsk(how="device", count=1, devices=("/dev/nvidia0",))),
    ],
)
def test_forms_of_asking_for_gpus(text: str, expected: GpuAsk) -> None:
    assert one(text).gpus == (expected,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("    entrypoint: []", ((), ())),
        ("    entrypoint: sh -c\n    command: [echo, 'a b']", (("sh", "-c"), ("echo", "a b"))),
        ("    command: echo 'a b'", (None, ("echo", "a b"))),
        ("    command:", (None, ())),
    ],
)
def test_commands(text: str, expected: tuple[Any, Any]) -> None:
    run = one(text)
    start = None if run.entrypoint is None else tuple(word.text for word in run.entrypoint)
    assert (start, tuple(word.text for word in run.arguments)) == expected


def test_an_override_lies_over_the_first_file() -> None:
    base = (
        "services:\n  a:\n    image: i\n    command: one\n    environment: [A=1, B=1]\n"
        "    ports: ['80:80']\n    volumes: ['./x:/d', './y:/e']\n    cap_add: [A]\n"
        "    user: root\n    privileged: true\n"
    )
    over = (
        "services:\n  a:\n    command: two\n    environment: {B: '2', C: '3'}\n"
        "    ports: ['81:81']\n    volumes: ['./z:/d']\n    cap_add: !override [B]\n"
        "    user: !reset null\n  b: {image: j}\n"
    )
    found = runs(base, over)
    run = found["a"]
    assert run is not None
    assert set(found) == {"a", "b"}
    assert run.arguments == (word("two"),)
    assert {one.name: one.value for one in run.environment} == {
        "A": word("1"),
        "B": word("2"),
        "C": word("3"),
    }
    assert [port.container for port in run.ports] == [80, 81]
    assert [(one.source.text, one.target.text) for one in run.mounts] == [
        ("./z", "/d"),
        ("./y", "/e"),
    ]
    assert run.security == Security(privileged=True, capabilities_added=("B",))
    assert run.user is None


def test_extends_in_this_file_and_in_another() -> None:
    main = (
        "services:\n  a: {extends: b, command: x}\n  b: {image: i, user: '1'}\n"
        "  c: {extends: {file: ./override.yaml, service: base}, user: '2'}\n"
    )
    found = runs(main, "services:\n  base: {image: k, user: '3', tty: true}\n")
    shown = {
        name: run and (run.image.text, run.user and run.user.text, run.terminal)
        for name, run in found.items()
    }
    assert shown == {"a": ("i", "1", False), "b": ("i", "1", False), "c": ("k", "2", True)}


def test_profiles() -> None:
    text = "services:\n  a: {image: i}\n  b: {image: i, profiles: [x]}\n"
    assert [set(runs(text, profiles=given)) for given in ((), ("x",), ("*",))] == [
        {"a"},
        {"a", "b"},
        {"a", "b"},
    ]


@pytest.mark.parametrize(
    ("folder", "text", "env", "name"),
    [
        ("/home/ada/My Lab", "", {}, "mylab-a"),
        ("/home/ada/_lab", "", {}, "lab-a"),
        ("/home/ada/lab", "name: other\n", {}, "other-a"),
        ("/home/ada/lab", "name: other\n", {"COMPOSE_PROJECT_NAME": "stated"}, "stated-a"),
        ("", "", {}, "project-a"),
    ],
)
def test_what_is_built_here_is_called_after_the_project(
    folder: str, text: str, env: dict[str, str], name: str
) -> None:
    file = {"compose.yaml": f"{text}services:\n  a: {{build: .}}\n"}
    (job,) = read_compose(file, folder=folder, env=env)
    assert [image.reference for image in job.images] == [name]


def test_the_last_mount_at_a_path_counts() -> None:
    (job,) = read_compose(
        {"compose.yaml": "services: {a: {image: i, volumes: ['./x:/d', './y:/e', './z:/d']}}\n"}
    )
    assert job.run is not None
    found = {mount.target.text: mount.source.text for mount in job.run.mounts}
    assert found == {"/d": "./z", "/e": "./y"}
    fates = [(item.value, item.idle) for item in job.items if item.written == "volumes"]
    assert fates == [("./x:/d", "overruled"), ("./y:/e", ""), ("./z:/d", "")]


def test_an_image_that_is_built_here_is_on_this_machine_only() -> None:
    (job,) = read_compose({"lab/compose.yaml": "services:\n  a: {build: .}\n"})
    assert [(image.reference, image.pull_policy) for image in job.images] == [("lab-a", "Build")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1", "c.yaml:1:1: `a`: compose knows no such key"),
        ("[]", "c.yaml:1:1: not a compose file: one map with services is expected"),
        ("volumes: {}\nname: x", ""),
        ("name: x", "c.yaml:1:1: not a compose file: there are no services"),
        (
            "services:\n  a:\n    imagee: x",
            "c.yaml:3:5: `services.a.imagee`: compose knows no such key, did you mean 'image'?",
        ),
        ("services:\n  a: 1", "c.yaml:2:3: `services.a`: a map is expected"),
        ("services:\n  a: {tty: true}", "c.yaml:2:3: `services.a`: it has neither an image nor"),
        (
            "services:\n  a: {image: i, shm_size: big}",
            "c.yaml:2:17: `services.a.shm_size`: not a size such as 512m or 16g",
        ),
        (
            "services:\n  a: {image: i, ports: ['x:80']}",
            "c.yaml:2:25: `services.a.ports.0`: a port is a number from 0 to 65535",
        ),
        (
            "services:\n  a: {image: i, volumes: ['vol:/d']}",
            "c.yaml:2:27: `services.a.volumes.0`: the volume vol is not among the file's volumes",
        ),
        (
            "services:\n  a: {image: i, networks: [front]}\nnetworks:\n  frond:",
            "c.yaml:2:28: `services.a.networks.0`: the network front is not among the file's"
            " networks, did you mean 'frond'?",
        ),
        (
            "services:\n  a: {image: i, secrets: [{source: key, target: /k}]}",
            "c.yaml:2:27: `services.a.secrets.0`: the secret key is not among the file's secrets",
        ),
        (
            "services:\n  a: {image: i, depends_on: {b: {condition: service_started}}}",
            "c.yaml:2:30: `services.a.depends_on.b`: the service b is not among the file's",
        ),
        (
            "services:\n  a: {image: i, network_mode: 'service:b'}",
            "c.yaml:2:17: `services.a.network_mode`: the service b is not among the file's",
        ),
        (
            "services:\n  a: {image: i, network_mode: host, networks: [default]}",
            "c.yaml:2:37: `services.a.networks`: compose takes no networks beside network_mode",
        ),
        (
            "services:\n  a: {image: 'i$'}",
            "c.yaml:2:7: `services.a.image`: a dollar sign that starts no variable",
        ),
        (
            "web:\n  image: i\ndb: {build: .}",
            "c.yaml:1:1: `web`: the format of version 1, which compose does not read any more",
        ),
        (
            "services:\n  a: {extends: b, image: i}\n  b: {extends: a}",
            "c.yaml:2:7: `services.a.extends`: it extends itself",
        ),
        (
            "services:\n  a: {extends: {file: x.yaml, service: b}}",
            "c.yaml:2:7: `services.a.extends`: x.yaml was not given",
        ),
        (
            'services:\n  a: {image: i, command: "\'x"}',
            "c.yaml:2:17: `services.a.command`: cannot be split into words: no closing quotation",
        ),
        (
            "services:\n  a: {image: i, gpus: [{count: 1, device_ids: ['0']}]}",
            "c.yaml:2:24: `services.a.gpus.0`: count and device_ids exclude each other",
        ),
        (
            "services:\n  a: {image: i, environment: {TOKEN: {x: hidden}}}",
            "c.yaml:2:17: `services.a.environment`: the value of TOKEN must be a text or a number",
        ),
    ],
)
def test_refusals(text: str, line: str) -> None:
    if not line:
        assert read_compose({"c.yaml": text}) == ()
        return
    with pytest.raises(InputError) as caught:
        read_compose({"c.yaml": text})
    assert caught.value.line().startswith(line)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text("a1:/.$={}'\" -", max_size=8),
    st.sampled_from(
        ["all", "./x:/y", "v:/d:ro", "80:80", "1-3:1-3/udp", "10s", "1g", "${A:-b}", "0.5"]
    ),
)
INNER = st.sampled_from(
    [
        *("type", "source", "target", "published", "count", "capabilities", "device_ids", "limits"),
        *("resources", "reservations", "devices", "cpus", "memory", "test", "interval", "file"),
        *("service", "size", "tmpfs", "bind", "replicas", "restart_policy", "soft", "path"),
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(INNER | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)
SERVICES = st.dictionaries(
    st.sampled_from(["a", "b"]),
    st.dictionaries(st.sampled_from(sorted(SERVICE)), VALUES, max_size=5) | VALUES,
    max_size=2,
)
FILES = st.fixed_dictionaries(
    {"services": SERVICES | VALUES},
    optional={"volumes": VALUES, "name": VALUES, "include": VALUES, "x-a": VALUES},
)


@given(st.lists(FILES, min_size=1, max_size=2), st.sampled_from([(), ("*",)]))
def test_any_files_give_jobs_or_one_error(files: list[Any], profiles: tuple[str, ...]) -> None:
    texts = {f"{index}.yaml": yaml.safe_dump(one) for index, one in enumerate(files)}
    read = result_or_refusal(lambda: read_compose(texts, env={"A": "x"}, profiles=profiles))
    assert isinstance(read, InputError) or all(job.run is not None for job in read)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("./src", word("/home/lab/src")),
        ("../sets/x", word("/home/sets/x")),
        (".", word("/home/lab")),
        ("/raid", word("/raid")),
        ("~/sets", joined((Expansion(source="~", kind="home"), "/sets"))),
        ("./$DATASET/out", joined(("/home/lab/", DATASET, "/out"))),
    ],
)
def test_paths_are_meant_from_the_file_s_folder(source: str, expected: Any) -> None:
    body = {"image": "i", "volumes": [f"{source}:/x"]}
    text = yaml.safe_dump({"services": {"a": body}})
    (job,) = read_compose({"compose.yaml": text}, folder="/home/lab")
    assert job.run is not None
    assert [one.source for one in job.run.mounts] == [expected]


def test_variables_of_env_files() -> None:
    body = {"image": "i", "env_file": ["a.env", "gone.env"], "environment": {"MODE": "test"}}
    text = yaml.safe_dump({"services": {"a": body}})
    files = {"a.env": {"MODE": "prod", "DB_PASSWORD": "longer than this"}}
    (job,) = read_compose({"compose.yaml": text}, env_files=lambda name, _: files.get(name))
    assert job.run is not None
    assert job.run.environment == (
        Variable(name="MODE", value=word("test")),
        Variable(name="DB_PASSWORD", value=word("longer than this"), secret=True, file="a.env"),
    )
    assert job.run.environment_files == (word("gone.env"),)


@pytest.mark.parametrize(
    ("body", "stands"),
    [
        ({"command": "python train.py"}, False),
        ({"gpus": "all"}, False),
        ({"command": "serve", "expose": [80]}, True),
        ({"command": "serve", "deploy": {"replicas": 2}}, True),
        ({"command": "redis-server", "healthcheck": {"test": "true"}}, True),
        ({}, True),
    ],
)
def test_what_serves_nobody_ends_by_itself(body: dict[str, Any], stands: bool) -> None:
    text = yaml.safe_dump({"services": {"a": {"image": "i", **body}}})
    (job,) = read_compose({"compose.yaml": text})
    assert job.run is not None
    assert job.run.service is stands


def test_what_others_need_is_a_service() -> None:
    services = {
        "queue": {"image": "i", "command": "serve"},
        "train": {"image": "i", "command": "train", "depends_on": ["queue"]},
    }
    jobs = read_compose({"compose.yaml": yaml.safe_dump({"services": services})})
    assert [job.run and job.run.service for job in jobs] == [True, False]


@pytest.mark.parametrize(
    ("viewer", "stands"), [({}, False), ({"environment": ["API=http://train:8000"]}, True)]
)
def test_what_computes_is_no_service_because_another_starts_after_it(
    viewer: dict[str, Any], stands: bool
) -> None:
    services = {
        "train": {"image": "i", "gpus": "all", "command": "python train.py"},
        "board": {"image": "i", "ports": ["6006:6006"], "depends_on": ["train"], **viewer},
    }
    jobs = read_compose({"compose.yaml": yaml.safe_dump({"services": services})})
    assert [job.run and job.run.service for job in jobs] == [True, stands]


def test_an_included_file_is_read_with_what_it_includes() -> None:
    files = {
        "a/compose.yaml": "include: [{path: [b.yaml]}]",
        "a/b.yaml": "include: [c.yaml]\nservices: {b: {image: i}}",
        "a/c.yaml": "services: {c: {image: j}}",
    }
    jobs = read_compose(files)
    assert [(job.label, job.place and job.place.file) for job in jobs] == [
        ("service c", "a/c.yaml"),
        ("service b", "a/b.yaml"),
    ]
    with pytest.raises(InputError) as caught:
        read_compose({"compose.yaml": "include: [gone.yaml]\nservices: {b: {image: i}}"})
    assert caught.value.what == "`include`: gone.yaml was not given"


@pytest.mark.parametrize(
    ("kind", "value", "gpus"),
    [
        ("NVIDIA-GPU", 2, (GpuAsk(how="compose", count=2),)),
        ("nvidia.com/gpu", 0, (GpuAsk(how="compose", count=-1),)),
        ("licence", 3, ()),
    ],
)
def test_gpus_of_a_swarm_are_resources_with_a_name(
    kind: str, value: int, gpus: tuple[GpuAsk, ...]
) -> None:
    spec = {"discrete_resource_spec": {"kind": kind, "value": value}}
    deploy = {"resources": {"reservations": {"generic_resources": [spec]}}}
    text = yaml.safe_dump({"services": {"a": {"image": "r:1", "deploy": deploy}}})
    (job,) = read_compose({"stack.yaml": text})
    assert job.run is not None
    assert job.run.gpus == gpus
    (item,) = (item for item in job.items if "generic_resources" in item.name)
    assert item.sets == ((("gpus",),) if gpus else (("device_request",),))


def test_a_network_that_is_always_there_and_a_service_that_may_lack_are_no_fault() -> None:
    text = "services:\n  a: {image: i, networks: [default], depends_on: {b: {required: false}}}"
    (job,) = read_compose({"c.yaml": text})
    assert job.label == "service a"
