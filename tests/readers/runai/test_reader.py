"""runai submit in its versions, read as jobs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.facts.workload import Toleration
from advisor.jobs.run import GpuAsk, PortMapping, Run, RunMount, Security, Variable
from advisor.jobs.word import Expansion, Word, joined, word
from advisor.readers.runai.flags import (
    find_submit,
    first_catalog,
    first_flags,
    second_catalog,
    second_flags,
)
from advisor.readers.runai.reader import is_command, read_runai
from advisor.readers.specs import read_specs
from tests.writers.jobs import runai_job

SUBMITTER = joined(
    (
        Expansion(source="$(id -u)", kind="command", quoted=True),
        ":",
        Expansion(source="$(id -g)", kind="command", quoted=True),
    )
)


def words(text: str) -> list[Word]:
    return [word(part) for part in text.split()]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("runai submit x -i img", (1, "submit")),
        ("runai -p team submit x", (1, "submit")),
        ("sudo /usr/local/bin/runai submit-mpi x", (1, "mpi")),
        ("runai mpi submit x", (1, "mpi")),
        ("runai submit-dist mpi x", (1, "mpi")),
        ("runai submit-dist pytorch x", (1, "pytorch")),
        ("runai submit-dist tf x", (1, "tensorflow")),
        ("runai submit-dist xgboost x", (1, "xgboost")),
        ("A=1 runai training submit x", (2, "standard")),
        ("runai training standard submit x", (2, "standard")),
        ("runai training pytorch submit x", (2, "pytorch")),
        ("runai workspace submit x", (2, "workspace")),
        ("runai inference submit x", (2, "inference")),
        ("runai-rcp-prod submit x", (1, "submit")),
        ("runai-east training submit x", (2, "standard")),
        ("runai-east list jobs", None),
        ("runai list jobs", None),
        ("runai", None),
        ("docker run runai submit", None),
    ],
)
def test_finding_the_command(text: str, command: tuple[int, str] | None) -> None:
    found = find_submit(text.split())
    assert (found and (found.version, found.name)) == command
    assert is_command(words(text)) == (command is not None)


@pytest.mark.parametrize(
    ("framework", "kind"), [("pytorch", "pytorch"), ("tf", "tensorflow"), ("xgboost", "xgboost")]
)
def test_distributed_first_version(framework: str, kind: str) -> None:
    spec = runai_job(
        f"runai submit-dist {framework} --name d --workers=3 -g 2 -i img --clean-pod-policy All"
        " --existing-pvc claimname=c,path=/c -- python t.py"
    )
    assert (spec.reader, spec.kind) == ("runai-v1", kind)
    assert spec.run == Run(
        image=word("img"),
        name=word("d"),
        arguments=(word("python"), word("t.py")),
        mounts=(RunMount(kind="claim", source=word("c"), target=word("/c")),),
        gpus=(GpuAsk(how="resource", count=2),),
        distributed=kind,
        workers=3,
        options=(("clean-pod-policy", word("All")),),
    )


def test_early_first_version() -> None:
    spec = runai_job(
        "runai submit train1 -i gcr.io/x/y -g 2 --local-image -v /raid/data:/data:ro"
        " --pvc claim:/pvc --command bash --args -c --args 'sleep 3' --large-shm -e A=b=c"
        " --run-as-user --backoffLimit 2 --volumes /a:/b --mig 1g.5gb=x"
    )
    assert spec.reader == "runai-v1"
    assert spec.run == Run(
        image=word("gcr.io/x/y"),
        name=word("train1"),
        pull="never",
        entrypoint=(word("bash"),),
        arguments=(word("-c"), word("sleep 3")),
        environment=(Variable(name="A", value=word("b=c")),),
        user=SUBMITTER,
        mounts=(
            RunMount(
                kind="hostPath", source=word("/raid/data"), target=word("/data"), read_only=True
            ),
            RunMount(kind="claim", source=word("claim"), target=word("/pvc")),
            RunMount(kind="hostPath", source=word("/a"), target=word("/b")),
        ),
        gpus=(GpuAsk(how="resource", mig="1g.5gb=x"),),
        large_shared_memory=True,
        backoff_limit=2,
    )


def test_late_first_version() -> None:
    spec = runai_job(
        "runai submit --name t -p team -i img -g 0.5 --interactive --attach --cpu 500m"
        " --memory-limit 8Gi -v /exports/x:/data:ro:nas --pvc-exists claimname=c,path=/c"
        " --port 30080:80 --service-type nodeport --toleration operator=Exists,key=gpu"
        " --extended-resource rdma/hca=1 --node-type dgx --add-capability CAP_SYS_PTRACE"
        " --label team=vision --image-pull-policy IfNotPresent --command -- python train.py"
    )
    assert spec.tolerations == (Toleration(key="gpu", operator="Exists"),)
    assert spec.run == Run(
        image=word("img"),
        name=word("t"),
        pull="missing",
        entrypoint=(word("python"),),
        arguments=(word("train.py"),),
        interactive=True,
        terminal=True,
        service=True,
        mounts=(
            RunMount(
                kind="nfs", source=word("nas:/exports/x"), target=word("/data"), read_only=True
            ),
            RunMount(kind="claim", source=word("c"), target=word("/c")),
        ),
        ports=(PortMapping(container=80, host=30080, service="NodePort"),),
        gpus=(GpuAsk(how="resource", portion=0.5),),
        cpu_request=500,
        memory_limit=8 * 2**30,
        extended={"rdma/hca": 1},
        security=Security(capabilities_added=("SYS_PTRACE",)),
        labels={"team": "vision"},
        project="team",
        options=(("node-type", word("dgx")),),
    )


def test_second_version() -> None:
    spec = runai_job(
        "runai training pytorch submit dist --workers 3 -i img -g 8 --run-as-uid 1000"
        " --run-as-gid 100 --supplemental-groups 4,5 --restart-policy OnFailure"
        " --termination-grace-period 1m --host-path path=/r,mount=/r,readwrite"
        " --nfs path=/e,server=nas,mountpath=/n"
        " --empty-dir-volume path=/t,medium=Memory,size-limit=1Gi --seccomp-profile RuntimeDefault"
        " --secret-volume name=s,path=/s --environment-variable A=1"
        " --environment asset -- --epochs 3"
    )
    assert (spec.reader, spec.kind) == ("runai-v2", "pytorch")
    assert spec.run == Run(
        image=word("img"),
        name=word("dist"),
        arguments=(word("--epochs"), word("3")),
        environment=(Variable(name="A", value=word("1")),),
        user=word("1000:100"),
        groups=("4", "5"),
        restart="OnFailure",
        grace_seconds=60,
        mounts=(
            RunMount(kind="hostPath", source=word("/r"), target=word("/r")),
            RunMount(kind="nfs", source=word("nas:/e"), target=word("/n"), read_only=True),
            RunMount(kind="tmpfs", source=word(""), target=word("/t"), size=2**30),
            RunMount(kind="config", source=word("secret/s"), target=word("/s"), read_only=True),
        ),
        gpus=(GpuAsk(how="resource", count=8),),
        security=Security(seccomp="RuntimeDefault"),
        distributed="pytorch",
        workers=3,
        options=(("environment", word("asset")),),
    )


def test_early_second_version_s_own_submit() -> None:
    spec = runai_job("runai submit x -i img -v path=/a,mount=/b --external-url container=80")
    assert (spec.reader, spec.kind) == ("runai-v2", "deprecated")
    assert spec.run == Run(
        image=word("img"),
        name=word("x"),
        mounts=(RunMount(kind="hostPath", source=word("/a"), target=word("/b"), read_only=True),),
        ports=(PortMapping(container=80),),
    )


def test_what_the_shell_decides_is_carried() -> None:
    spec = runai_job("runai submit -i img -g $N $OPTIONS -- python $ARGS")
    count = Word(parts=(Expansion(source="$N", kind="variable", name="N"),))
    assert spec.run
    assert spec.run.gpus == (GpuAsk(how="resource", count=count),)
    assert spec.run.options == ()
    assert [(item.name, item.value) for item in spec.items] == [
        ("runai submit", ""),
        ("--image", "img"),
        ("--gpu", "$N"),
        ("OPTIONS", "$OPTIONS"),
        ("COMMAND", "python $ARGS"),
    ]


@pytest.mark.parametrize("added", ["$@", '"$@"', "${@}", "$*"])
def test_whatever_a_caller_adds_is_no_name(added: str) -> None:
    file = f"runai submit -i img --pvc data:/d {added}"
    (job,) = read_specs([file]).jobs
    assert job.run
    assert job.run.name is None
    assert [(item.name, item.value) for item in job.items][-1] == ("OPTIONS", added.strip('"'))


def test_secrets_are_in_no_item() -> None:
    spec = runai_job(
        "runai submit x -i img -e API_TOKEN=abcdef123456 -- run --password=hunter2hunter"
    )
    shown = " ".join(f"{item.written} {item.value}" for item in spec.items)
    assert "abcdef123456" not in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "runai submit a b -i x",
            "job.sh:1:16: 'b' is neither a flag nor the name"
            " (put -- in front of the command that the job runs)",
        ),
        (
            "runai submit a -i x --gpuu 1",
            "job.sh:1:21: unknown flag: --gpuu, did you mean '--gpu'?",
        ),
        ("runai submit a -g 1", "job.sh:1:7: no image (runai submit NAME --image IMAGE)"),
        ("runai submit a -i x -g one", "job.sh:1:24: --gpu: not a number: 'one'"),
        (
            "runai submit-dist pytorch a -i x --local-image",
            "job.sh:1:34: unknown flag: --local-image, did you mean '--image'?",
        ),
        (
            "runai workspace submit a -i x --large-shn",
            "job.sh:1:31: unknown flag: --large-shn, did you mean '--large-shm'?",
        ),
        (
            "runai training submit a -i x -g",
            "job.sh:1:30: flag needs an argument: -g (give --gpu-devices-request a value)",
        ),
        (
            "runai training submit a -i x -g 0",
            "job.sh:1:33: --gpu-devices-request: not a whole number above zero: '0'",
        ),
    ],
)
def test_refusals(text: str, line: str) -> None:
    with pytest.raises(InputError) as caught:
        runai_job(text)
    assert caught.value.line() == line


def test_variables_from_elsewhere() -> None:
    start = "runai training standard submit x -i img"
    spec = runai_job(
        f"{start} --env-secret KEY=keys,key=wandb --env-pod-field-ref NODE=spec.nodeName"
        ' --env-secret "$MORE"'
    )
    assert spec.run is not None
    assert spec.run.environment == (
        Variable(name="KEY", secret=True, reference="secret:keys/wandb"),
        Variable(name="NODE", reference="field:spec.nodeName"),
    )
    assert [name for name, _ in spec.run.options] == ["env-secret"]


@pytest.mark.parametrize("value", ["a=$V", "name=n,size=$V"])
def test_what_is_no_port_stays_none_with_a_variable_in_it(value: str) -> None:
    with pytest.raises(InputError, match="is not a port"):
        runai_job(f"runai submit --name x -i img --port={value}")


SPOKEN = st.sampled_from(
    [
        *(f"runai {c[-1]}" for c in first_catalog().commands.values()),
        *(f"runai {c[0]}" for c in second_catalog().commands.values()),
    ]
)
FLAG_WORDS = st.sampled_from(
    sorted(
        {
            f"--{name}"
            for name in (*first_flags("submit").by_name, *second_flags("standard").by_name)
        }
    )
)
VALUES = st.sampled_from(
    ["1", "0.5", "x", "", "a=b", "path=/a,mount=/b", "/a:/b", "--", "-", 'é,"', "8Gi"]
)
EXPANSION = Word(parts=(Expansion(source="$X", kind="variable", name="X"),))


@given(SPOKEN, st.lists(FLAG_WORDS | VALUES, max_size=10), st.integers(0, 10))
@settings(deadline=None)
def test_any_words_are_read_or_refused(spoken: str, parts: list[str], at: int) -> None:
    given_words = [*words(spoken), *map(word, parts)]
    given_words.insert(min(len(given_words), 2 + at), EXPANSION)
    try:
        spec = read_runai(given_words, place=None)
    except InputError:
        return
    covered = [number for item in spec.items for number in item.words]
    assert sorted(set(covered)) == list(range(len(given_words)))
