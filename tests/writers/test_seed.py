"""The one command of the text this product comes from, in every form that it can take."""

from __future__ import annotations

import pytest

from advisor.findings.finding import Outcome
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation
from advisor.writers import write
from tests.writers.jobs import docker_job, reason, told

SEED = (
    "docker run --runtime=nvidia --shm-size 16G -it --rm -e HOSTNAME=`hostname` \\\n"
    "    -v /raid/public/my_datasets:/root/dataset:ro \\\n"
    "    nvcr.io/nvidia/pytorch:19.12-py3"
)
DATA = "data:/raid/public/my_datasets"
ONE_NODE: dict[str, Outcome] = {"image": "ok", DATA: "stay"}
TWO_NODES: dict[str, Outcome] = {"image": "ok", DATA: "move"}
LOCAL_IMAGE: dict[str, Outcome] = {"image": "stay", DATA: "stay"}
EXPORT = NfsExport(server="nas.example", export="/exports/raid", path="/raid")


def test_second_version_on_one_node() -> None:
    translation = write(
        docker_job(SEED), Situation(target="runai-v2", outcomes=ONE_NODE, lines=True)
    )
    assert translation.text == (
        "runai workspace submit pytorch \\\n"
        "    --image nvcr.io/nvidia/pytorch:19.12-py3 \\\n"
        "    --gpu-devices-request 1 \\\n"
        "    --large-shm \\\n"
        "    --attach \\\n"
        "    -e HOSTNAME=`hostname` \\\n"
        "    --host-path path=/raid/public/my_datasets,mount=/root/dataset"
    )
    assert told(translation) == [
        ("docker run", "mapped", ""),
        ("--runtime", "changed", "--gpu-devices-request 1"),
        ("--shm-size", "changed", "--large-shm"),
        ("--interactive", "mapped", "--attach"),
        ("--tty", "mapped", "--attach"),
        ("--rm", "changed", ""),
        ("--env", "mapped", "-e HOSTNAME=`hostname`"),
        (
            "--volume",
            "changed",
            "--host-path path=/raid/public/my_datasets,mount=/root/dataset",
        ),
        ("IMAGE", "mapped", "--image nvcr.io/nvidia/pytorch:19.12-py3"),
        ("added: name", "mapped", "pytorch"),
        ("added: kind", "mapped", "runai workspace submit"),
        ("added: project", "mapped", ""),
    ]
    assert (translation.subcommand, translation.missing, translation.before) == (
        "workspace submit",
        (),
        (),
    )


def test_late_first_version_on_one_node() -> None:
    translation = write(docker_job(SEED), Situation(target="runai-v1", outcomes=ONE_NODE))
    assert translation.text == (
        "runai submit --name pytorch --image nvcr.io/nvidia/pytorch:19.12-py3 --gpu 1 --large-shm"
        " --interactive --attach -e HOSTNAME=`hostname`"
        " --volume /raid/public/my_datasets:/root/dataset:ro"
    )


def test_early_first_version_with_an_image_on_the_node() -> None:
    translation = write(
        docker_job(SEED), Situation(target="runai-v1", dialect="early", outcomes=LOCAL_IMAGE)
    )
    assert translation.text == (
        "runai submit --name pytorch --image nvcr.io/nvidia/pytorch:19.12-py3 --local-image"
        " --gpu 1 --large-shm --interactive --attach -e HOSTNAME=`hostname`"
        " --volume /raid/public/my_datasets:/root/dataset:ro"
    )


@pytest.mark.parametrize("target", ["runai-v1", "runai-v2"])
def test_an_image_on_the_node_is_not_pulled_anew(target: str) -> None:
    situation = Situation(target=target, outcomes=LOCAL_IMAGE)  # type: ignore[arg-type]
    translation = write(docker_job(SEED), situation)
    assert "--image-pull-policy IfNotPresent" in translation.text


def test_two_nodes_without_network_storage_say_what_is_missing() -> None:
    translation = write(docker_job(SEED), Situation(target="runai-v2", outcomes=TWO_NODES))
    assert translation.text == (
        "runai workspace submit pytorch --image nvcr.io/nvidia/pytorch:19.12-py3"
        " --gpu-devices-request 1 --large-shm --attach -e HOSTNAME=`hostname` --existing-pvc"
        ' claimname="${MY_DATASETS_CLAIM:?the claim that holds /raid/public/my_datasets}"'
        ",path=/root/dataset"
    )
    assert translation.missing == (
        "/root/dataset: the job can run where this data is not, so it must be on network"
        " storage; give --nfs SERVER:/EXPORT=/raid/public/my_datasets or"
        " --data-claim CLAIM=/raid/public/my_datasets; it is mounted writable: runai cannot say"
        " read-only",
    )


def test_two_nodes_with_an_export_stay_read_only() -> None:
    texts = [
        write(
            docker_job(SEED), Situation(target=target, outcomes=TWO_NODES, exports=(EXPORT,))
        ).text
        for target in ("runai-v1", "runai-v2")
    ]
    assert [text.partition("`hostname` ")[2] for text in texts] == [
        "--volume /exports/raid/public/my_datasets:/root/dataset:ro:nas.example",
        "--nfs path=/exports/raid/public/my_datasets,server=nas.example,mountpath=/root/dataset",
    ]


def test_two_nodes_with_a_claim() -> None:
    claim = ClaimMapping(claim="datasets", path="/raid/public/my_datasets")
    translations = [
        write(docker_job(SEED), Situation(target=target, outcomes=TWO_NODES, claims=(claim,)))
        for target in ("runai-v1", "runai-v2")
    ]
    assert [made.text.partition("`hostname` ")[2] for made in translations] == [
        "--pvc datasets:/root/dataset:ro",
        "--existing-pvc claimname=datasets,path=/root/dataset",
    ]
    assert reason(translations[1], "--volume").endswith(
        "it is mounted writable: runai cannot say read-only"
    )


def test_an_image_that_moves_goes_to_the_registry() -> None:
    outcomes: dict[str, Outcome] = {"image": "move", DATA: "stay"}
    without = write(docker_job(SEED), Situation(target="runai-v2", outcomes=outcomes))
    given = Situation(target="runai-v2", outcomes=outcomes, registry="registry.example/research")
    moved = write(docker_job(SEED), given)
    assert without.missing == (
        "the job can run where its image is not, so it must be in a registry; give"
        " --registry HOST/PATH",
    )
    assert "--image registry.example/research/nvidia/pytorch:19.12-py3 " in moved.text
    assert moved.before == (
        "# put the image where every node can pull it\n"
        "docker tag nvcr.io/nvidia/pytorch:19.12-py3"
        " registry.example/research/nvidia/pytorch:19.12-py3"
        " && docker push registry.example/research/nvidia/pytorch:19.12-py3",
    )


def test_reasons() -> None:
    situation = Situation(target="runai-v2", outcomes=ONE_NODE)
    translation = write(docker_job(SEED), situation)
    assert {
        name: reason(translation, name) for name in ("--runtime", "--shm-size", "--rm", "--env")
    } == {
        "--runtime": (
            "all GPUs of a machine cannot be asked for and how many it has is not known: 1 is"
            " asked for; for more put the number the job uses in its place"
        ),
        "--shm-size": (
            "--large-shm takes no size, so the 16Gi are not kept as a limit: shared memory grows"
            " as far as the job's memory goes and counts against it"
        ),
        "--rm": (
            "nothing to do: no container stays behind on a machine, and the pod's files go when"
            " the finished job is deleted; --auto-deletion-time-after-completion 1h would delete"
            " it by itself"
        ),
        "--env": "the shell that submits puts the value in",
    }


def test_the_machine_s_gpus_are_counted_where_known() -> None:
    situation = Situation(target="runai-v2", outcomes=ONE_NODE, host_gpus=8)
    assert "--gpu-devices-request 8 " in write(docker_job(SEED), situation).text
