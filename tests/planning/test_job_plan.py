"""What replaces each job, with the names and places that the plan gives."""

from __future__ import annotations

from advisor.facts.host import GpuRequest, Mount, Volume
from advisor.facts.storage import StorageClass
from advisor.jobs.ledger import Entry, Item
from advisor.jobs.translation import TARGETS, Translation
from advisor.planning.job_plan import job_flags, start_command
from advisor.planning.plan import FlagFate, JobFlag, JobPlan, Plan
from tests.placement.samples import cluster, host, node, snapshot, workload
from tests.planning.samples import HOME, RAID, bind, container, content, image, plan

X = image("lab/x:1", "a")
NODES = (node("n1", gpus=4), node("n2", gpus=4))
FILER = StorageClass(name="filer", provisioner="nfs.csi.k8s.io")

_IMAGE = Item(name="IMAGE", written="IMAGE", value="team/x:1")
_GPUS = Item(name="--gpus", written="--gpus", value="2")


def the_job(of: Plan) -> JobPlan:
    (found,) = of.jobs
    return found


def texts(job: JobPlan) -> dict[str, str]:
    return {command.target: command.text for command in job.commands}


def test_every_target_gets_the_planned_names_and_places() -> None:
    anonymous = "f" * 64
    job = container(
        "job",
        X,
        bind("/raid/d", "/data"),
        bind("/home/ann", "/home", HOME, read_only=True),
        Mount(kind="volume", volume=anonymous, target="/out", anonymous=True),
        command=("python", "x.py"),
    )
    volume = Volume(name=anonymous, anonymous=True, mount_point="/v/f", filesystem=RAID)
    dgx = host("dgx", job, images=(X,), volumes=(volume,))
    found = the_job(plan(snapshot(cluster(*NODES, storage_classes=(FILER,)), dgx)))
    assert tuple(texts(found)) == TARGETS
    assert (found.images, found.gpus, found.owner) == ((content("a"),), 1, "ann")
    assert texts(found)["runai-v2"] == (
        "runai training standard submit job \\\n"
        "    --image registry.example/lab/lab/x:1 \\\n"
        "    --gpu-devices-request 1 \\\n"
        "    --existing-pvc claimname=data-d,path=/data \\\n"
        "    --nfs path=/export/home/ann,server=filer,mountpath=/home \\\n"
        "    --existing-pvc claimname=data-job-out,path=/out \\\n"
        "    -- python x.py"
    )


def test_a_job_of_the_cluster_says_what_has_to_be_edited() -> None:
    job = workload("job", image="lab/x:1")
    of = cluster(*NODES, workloads=(job,), storage_classes=(FILER,))
    found = plan(snapshot(of, host("dgx", images=(X,))))
    (planned,) = found.jobs
    assert (planned.commands, planned.changes) == (
        (),
        ("image lab/x:1 becomes registry.example/lab/lab/x:1",),
    )


def test_a_number_of_gpus_that_is_not_known_stays_so() -> None:
    job = container("job", X, gpu=GpuRequest(how="--gpus", count=-1))
    assert the_job(plan(snapshot(None, host("dgx", job, images=(X,))))).gpus is None
    known = host("dgx", job, images=(X,), gpus=8)
    assert the_job(plan(snapshot(None, known))).gpus == 8


def test_without_a_registry_the_image_is_missing() -> None:
    job = container("job", X)
    found = the_job(plan(snapshot(None, host("dgx", job, images=(X,))), registry=""))
    assert all("REGISTRY" not in text for text in texts(found).values())
    assert {any("--registry" in one for one in c.missing) for c in found.commands} == {True}


def test_no_secret_is_in_any_text() -> None:
    job = container("job", X, variables=("HF_TOKEN",), command=("x", "--token=[redacted]"))
    found = the_job(plan(snapshot(None, host("dgx", job, images=(X,)))))
    for text in texts(found).values():
        assert "[redacted]" not in text


def test_the_command_quotes_what_the_shell_would_take_apart() -> None:
    items = (_IMAGE, _GPUS, Item(name="COMMAND", value="a b"), Item(name="--rm", written="--rm"))
    assert start_command(items, "podman") == (
        "podman run \\\n    --gpus 2 \\\n    --rm \\\n    team/x:1 'a b'"
    )


def test_words_of_a_shell_stand_as_they_were_written() -> None:
    run = Item(name="docker run", written="docker run", words=(0, 1))
    command = Item(name="COMMAND", value="python 'a b.py'", words=(3, 4))
    assert start_command((run, _IMAGE, command), "docker") == (
        "docker run \\\n    team/x:1 python 'a b.py'"
    )


def test_nothing_known_is_no_command() -> None:
    assert start_command((), "docker") == ""


def test_a_flag_has_its_fate_for_each_target() -> None:
    first = Entry(item=_GPUS, fate="mapped", reason="the same number", output="--gpu 2")
    second = Entry(item=_GPUS, fate="changed", reason="a limit")
    translations = (
        Translation(target="runai-v1", text="", ledger=(first,)),
        Translation(target="kubernetes", text="", ledger=(second,)),
    )
    assert job_flags(translations) == (
        JobFlag(
            written="--gpus",
            value="2",
            became=(
                FlagFate(
                    target="runai-v1", fate="mapped", reason="the same number", output="--gpu 2"
                ),
                FlagFate(target="kubernetes", fate="changed", reason="a limit"),
            ),
        ),
    )
