"""Old commands brought up to the present version, and what no version may print."""

from __future__ import annotations

import pytest

from advisor.findings.finding import Outcome
from advisor.jobs.translation import Situation, Target
from advisor.writers import write
from tests.writers.jobs import docker_job, runai_job, told

TARGETS: tuple[Target, ...] = ("runai-v1", "runai-v2", "kubernetes")
SECRETS = (
    "docker run -e API_TOKEN=s3cr3tvalue1 -e URL=https://u:s3cr3tvalue2@h/x -l token=s3cr3tvalue3"
    " img run --password=s3cr3tvalue4 -c 'export API_KEY=s3cr3tvalue5; go'"
)


def test_first_version_brought_up_to_the_second() -> None:
    job = runai_job(
        "runai submit --name t -i img -g 1 --pvc :20Gi:/pvc --node-type dgx --preemptible"
        " --elastic --ttl-after-finish 2h -e A=1 -- python x.py"
    )
    translation = write(job, Situation(target="runai-v2"))
    assert translation.text == (
        "runai training standard submit t --image img --gpu-devices-request 1 -e A=1"
        " --new-pvc size=20Gi,path=/pvc --node-type dgx --preemptibility preemptible"
        " --auto-deletion-time-after-completion 2h -- python x.py"
    )
    assert [entry for entry in told(translation) if entry[1] != "mapped"] == [
        ("--elastic", "no-equivalent", "")
    ]


def test_a_command_of_the_second_version_stays_as_it_is() -> None:
    line = (
        "runai workspace submit w --image img --stdin --tty -e HOME=$HOME"
        " --nfs path=$HOME,server=$FILER,mountpath=$HOME,readwrite"
        " --existing-pvc claimname=$CLAIM,path=/data"
        " --host-path path=/raid,mount=/raid,mount-propagation=HostToContainer"
        " --port service-type=NodePort,container=8888"
        " --port service-type=LoadBalancer,container=22,external=2222"
    )
    job = runai_job(line)
    translation = write(job, Situation(target="runai-v2"))
    assert translation.text == line
    assert {fate for _, fate, _ in told(translation)} == {"mapped"}
    first = write(job, Situation(target="runai-v1")).text
    assert "-v $HOME:$HOME:rw:$FILER" in first.replace("--volume", "-v")
    (service,) = (
        one
        for one in write(job, Situation(target="kubernetes")).documents
        if one["kind"] == "Service"
    )
    assert "type" not in service["spec"]  # two types make no one Service


def test_the_image_that_a_flag_brought_is_asked_for() -> None:
    job = runai_job("runai submit w --jupyter -g 2")
    asked = '"${IMAGE:?the image that --jupyter brought: jupyter/scipy-notebook}"'
    made = write(job, Situation(target="runai-v2"))
    assert made.text == f"runai workspace submit w --image {asked} --gpu-devices-request 2"
    assert len(made.missing) == 1
    given = write(job, Situation(target="runai-v2", values={"IMAGE": "r.example/lab:1"}))
    assert given.text == made.text.replace(asked, "r.example/lab:1")
    assert given.missing == ()
    assert write(job, Situation(target="runai-v1")).text.count("--image") == 0


def test_how_far_a_job_stretches_is_in_the_manifest_too() -> None:
    line = "runai training pytorch submit w -i r:1 --workers 3 --min-replicas 1 --max-replicas 4"
    made = write(runai_job(line), Situation(target="kubernetes"))
    (document,) = made.documents
    assert document["spec"]["elasticPolicy"] == {"minReplicas": 1, "maxReplicas": 4}
    assert [fate for name, fate, _ in told(made) if "replicas" in name] == ["mapped", "mapped"]


def test_values_that_are_spelled_anew() -> None:
    job = runai_job(
        "runai submit t -i img --git-sync source=https://git.example/lab/code.git,branch=dev"
        " --git-sync source=https://git.example/b,username=u,password=s3cr3tvalue7,rev=v1,target=/b"
        " --s3 bucket=sets,target=/s3,url=https://s3.example"
        " --s3 bucket=own,key=AKIAIOSFODNN7EXAMPLE,secret=s3cr3tvalue8,target=/own"
        " --s3 bucket=odd"
    )
    translation = write(job, Situation(target="runai-v2"))
    code = "--git-sync name=code,repository=https://git.example/lab/code.git,path=/code,rev=dev"
    locked = "--git-sync name=b,repository=https://git.example/b,path=/b,rev=v1"
    sets = "--s3 name=sets,bucket=sets,path=/s3,url=https://s3.example"
    own = "--s3 name=own,bucket=own,path=/own"
    assert translation.text == (
        f"runai training standard submit t --image img {code} {locked} {sets} {own}"
    )
    assert [entry for entry in told(translation) if entry[0] in ("--git-sync", "--s3")] == [
        ("--git-sync", "changed", code),
        ("--git-sync", "unresolved", locked),
        ("--s3", "changed", sets),
        ("--s3", "unresolved", own),
        ("--s3", "unresolved", ""),
    ]
    assert "s3cr3tvalue" not in f"{translation.text} {translation.ledger} {translation.missing}"


def test_a_local_image_that_moves_is_pulled() -> None:
    job = runai_job("runai submit t -i img --local-image")
    outcomes: dict[str, Outcome] = {"image": "move"}
    moved = write(job, Situation(target="runai-v2", outcomes=outcomes, registry="r.example/lab"))
    assert moved.text == "runai training standard submit t --image r.example/lab/img"
    assert told(moved)[3:4] == [("--local-image", "changed", "")]


def test_second_version_for_the_first() -> None:
    job = runai_job(
        "runai workspace submit w -i img --gpu-request-type portion --gpu-portion-request 0.5"
        " --preemptibility preemptible --attach"
    )
    assert write(job, Situation(target="runai-v1")).text == (
        "runai submit --name w --image img --gpu 0.5 --interactive --attach --preemptible"
    )


@pytest.mark.parametrize("target", ["runai-v1", "runai-v2"])
def test_no_secret_is_repeated(target: Target) -> None:
    translation = write(docker_job(SECRETS), Situation(target=target))
    shown = f"{translation.text} {translation.before} {translation.missing} {translation.ledger}"
    assert "s3cr3tvalue" not in shown
    assert '-e API_TOKEN="$API_TOKEN"' in translation.text
    assert '--password="$PASSWORD"' in translation.text


def test_secrets_of_other_storage_are_not_repeated() -> None:
    job = runai_job(
        "runai training submit t -i img"
        " --s3 name=s,bucket=b,path=/s3,accesskey=x,secret=s3cr3tvalue6"
    )
    translation = write(job, Situation(target="runai-v2"))
    assert "s3cr3tvalue" not in f"{translation.text} {translation.ledger}"


@pytest.mark.parametrize(
    ("command", "name", "fate"),
    [
        ("nvidia-docker run img", "nvidia-docker run", "changed"),
        ("nvidia-docker run --gpus 2 img", "nvidia-docker run", "mapped"),
        ("docker run --runtime nvidia img", "--runtime", "changed"),
        ("docker run --runtime nvidia --gpus all img", "--runtime", "mapped"),
    ],
)
def test_what_gives_gpus_unasked_is_told_once(command: str, name: str, fate: str) -> None:
    translation = write(docker_job(command), Situation(target="runai-v2"))
    assert [entry[1] for entry in told(translation) if entry[0].startswith(name)] == [fate]


def test_a_volume_that_is_read_only_by_itself() -> None:
    job = docker_job(
        "docker run --mount type=volume,src=sets,dst=/sets,volume-opt=type=nfs,"
        "volume-opt=device=:/export/sets,'\"volume-opt=o=addr=10.0.0.9,ro\"' img"
    )
    texts = {target: write(job, Situation(target=target)).text for target in TARGETS}
    assert texts["runai-v1"] == (
        "runai submit --name img --image img --volume /export/sets:/sets:ro:10.0.0.9"
    )
    assert texts["runai-v2"] == (
        "runai training standard submit img --image img"
        " --nfs path=/export/sets,server=10.0.0.9,mountpath=/sets"
    )
    assert "mountPath: /sets\n          readOnly: true" in texts["kubernetes"]


@pytest.mark.parametrize(
    ("situation", "made"),
    [
        (Situation(target="runai-v1"), "-e KEY=SECRET:keys,wandb"),
        (Situation(target="runai-v2"), "--env-secret KEY=keys,key=wandb"),
        (
            Situation(target="runai-v1", dialect="early"),
            '-e KEY="${KEY:?what secret keys/wandb has}"',
        ),
    ],
)
def test_a_key_of_a_secret_in_each_version(situation: Situation, made: str) -> None:
    for command in (
        "runai submit a -i r.example/a:1 -e KEY=SECRET:keys,wandb",
        "runai training submit a -i r.example/a:1 --env-secret KEY=keys,key=wandb",
    ):
        assert made in write(runai_job(command), situation).text
    manifest = write(runai_job(command), Situation(target="kubernetes")).text
    assert "secretKeyRef:\n              name: keys\n              key: wandb\n" in manifest
