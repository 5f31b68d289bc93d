"""`advisor translate`: standard output is the command alone, standard error says what was lost."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Advisor

SEED = (
    "docker run --runtime=nvidia --shm-size 16G -it --rm -e HOSTNAME=`hostname` \\\n"
    "    -v /raid/public/my_datasets:/root/dataset:ro \\\n"
    "    nvcr.io/nvidia/pytorch:19.12-py3\n"
)
ONE = ("--assume", "gpu-nodes=1")


@pytest.mark.parametrize(
    ("target", "begins"),
    [
        (("runai-v1",), "runai submit --name pytorch "),
        (("runai-v1", "--dialect", "early"), "runai submit --name pytorch "),
        (("runai-v2",), "runai workspace submit pytorch "),
        (("kubernetes",), "apiVersion: "),
    ],
)
def test_the_seed_in_every_form(
    advisor: Advisor, folder: Path, target: tuple[str, ...], begins: str
) -> None:
    (folder / "train.sh").write_text(SEED, encoding="utf-8")
    ended = advisor("translate", "train.sh", "--to", *target, *ONE)
    assert ended.out.startswith(begins)
    assert "/raid/public/my_datasets" in ended.out
    assert "note:" not in ended.out
    assert "--rm" in ended.err


def test_the_seed_for_run_ai_1_keeps_the_shells_word(advisor: Advisor, folder: Path) -> None:
    (folder / "train.sh").write_text(SEED, encoding="utf-8")
    ended = advisor("translate", "train.sh", "--to", "runai-v1", *ONE)
    assert (ended.code, ended.out) == (
        0,
        "runai submit --name pytorch --image nvcr.io/nvidia/pytorch:19.12-py3 --gpu 1 --large-shm"
        " --interactive --attach -e HOSTNAME=`hostname`"
        " --volume /raid/public/my_datasets:/root/dataset:ro\n",
    )


def test_data_that_moves_waits_for_a_place(advisor: Advisor, folder: Path) -> None:
    (folder / "train.sh").write_text(SEED, encoding="utf-8")
    ended = advisor("translate", "train.sh", "--assume", "gpu-nodes=2")
    assert ended.code == 1
    assert "unresolved: -v" in ended.err
    given = advisor(
        *("translate", "train.sh", "--assume", "gpu-nodes=2"),
        *("--nfs", "filer:/vol/sets=/raid/public/my_datasets"),
    )
    assert given.code == 0
    assert "path=/vol/sets,server=filer" in given.out


def test_json_has_the_whole_ledger(advisor: Advisor, folder: Path) -> None:
    (folder / "train.sh").write_text(SEED, encoding="utf-8")
    report = json.loads(advisor("translate", "train.sh", "--format", "json", *ONE).out)
    (job,) = report["jobs"]
    entries = {entry["item"]["name"]: entry["fate"] for entry in job["translation"]["ledger"]}
    assert {"--shm-size": "changed", "--rm": "changed"}.items() <= entries.items()
    assert all(entry["reason"] for entry in job["translation"]["ledger"])


def test_explain_says_where_each_flag_comes_from(advisor: Advisor) -> None:
    ended = advisor("translate", "docker run --gpus 2 --rm nvcr.io/a/b:1", "--explain", *ONE)
    command, *comments = ended.out.splitlines()
    assert command.startswith("runai training standard submit b ")
    assert all(line.startswith("# ") for line in comments)
    assert any("--gpu-devices-request 2" in line and "--gpus 2" in line for line in comments)


@pytest.mark.parametrize("target", ["runai-v1", "runai-v2", "kubernetes"])
def test_a_name_is_written_once(advisor: Advisor, folder: Path, target: str) -> None:
    text = "docker run --name own lab/b:1\n" * 2 + "docker run registry.lab/b:1\n" * 3
    (folder / "train.sh").write_text(text, encoding="utf-8")
    ended = advisor("translate", "train.sh", "--to", target)
    pattern = r"^  name: (\S+)$" if target == "kubernetes" else r"submit (?:--name )?(\S+) --image"
    assert re.findall(pattern, ended.out, re.MULTILINE) == ["own", "own-2", "b", "b-2", "b-3"]
    taken = "another job has the name already, and a project takes a name once; --name gives one"
    assert [line.partition(": ")[2] for line in ended.err.splitlines() if taken in line] == [
        f"changed: --name own: {taken}",
        *[f"changed: added: name: {taken}"] * 2,
    ]


def test_it_goes_to_a_file(advisor: Advisor, folder: Path) -> None:
    ended = advisor("translate", "docker run nvcr.io/a/b:1", "-o", "job.sh", "--quiet", *ONE)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert (folder / "job.sh").read_text(encoding="utf-8").startswith("runai training standard")


def test_variables_can_be_settled(advisor: Advisor, folder: Path) -> None:
    (folder / "run.sh").write_text("docker run -v $PWD:/w nvcr.io/a/b:$TAG\n", encoding="utf-8")
    ended = advisor(
        *("translate", "run.sh", "--to", "kubernetes", "--set", "TAG=3", "--cwd", "/raid/me"),
        *ONE,
    )
    assert "nvcr.io/a/b:3" in ended.out
    assert "/raid/me" in ended.out
    assert "$" not in ended.out


@pytest.mark.parametrize("more", [(), ("-o", "none/job.sh"), ("--to", "swarm"), ("--nfs", "x")])
def test_bad_use_is_one_line_and_2(advisor: Advisor, more: tuple[str, ...]) -> None:
    specs = ("docker run nvcr.io/a/b:1",) if more else ()
    ended = advisor("translate", *specs, *more)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)


def test_a_command_that_docker_refuses_is_2_and_names_the_flag(advisor: Advisor) -> None:
    ended = advisor("translate", "docker run --gpsu 1 nvcr.io/a/b:1")
    assert (ended.code, ended.out) == (2, "")
    assert "--gpsu" in ended.err
    assert "--gpus" in ended.err


def test_nothing_to_translate_is_told(advisor: Advisor, folder: Path) -> None:
    (folder / "train.sh").write_text("python train.py\n", encoding="utf-8")
    ended = advisor("translate", "train.sh")
    assert (ended.code, ended.out, ended.err) == (
        0,
        "",
        "no job was found: nothing is translated\n",
    )


@pytest.mark.parametrize(
    ("namespace", "out", "err"),
    [
        (
            "team-nlp",
            "",
            "changed: namespace team-nlp: team-nlp is no namespace of a project, and a workload is"
            " in one: runs in your default project; another is named with --project\n",
        ),
        ("runai-nlp", " --project nlp", ""),
        ("default", "", ""),
    ],
)
def test_a_namespace_that_is_no_projects_is_told(
    advisor: Advisor, folder: Path, namespace: str, out: str, err: str
) -> None:
    job = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x", "namespace": namespace},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "x", "image": "r.x/a:1"}]},
    }
    (folder / "job.yaml").write_text(json.dumps(job))
    ended = advisor("translate", "job.yaml")
    submitted = f"runai training standard submit x --image r.x/a:1{out} --restart-policy Never\n"
    assert (ended.code, ended.out, ended.err) == (0, submitted, err)


LOGIN = "ann:hunter2@reg.example.com/team/x:1"
WITH_LOGIN = {
    "job.sh": f"runai submit train -i {LOGIN} -g 1\n",
    "compose.yaml": f"services:\n  train:\n    image: {LOGIN}\n",
    "job.yaml": "{apiVersion: batch/v1, kind: Job, metadata: {name: train}, spec: {template: {spec:"
    f" {{containers: [{{name: a, image: '{LOGIN}'}}]}}}}}}}}\n",
}


@pytest.mark.parametrize("target", ["runai-v1", "runai-v2", "kubernetes"])
@pytest.mark.parametrize("name", WITH_LOGIN)
def test_a_login_in_an_image_name_is_not_repeated(
    advisor: Advisor, folder: Path, name: str, target: str
) -> None:
    (folder / name).write_text(WITH_LOGIN[name], encoding="utf-8")
    ended = advisor("translate", name, "--to", target, "--explain", *ONE)
    checked = advisor("check", name, "--format", "json", *ONE)
    assert "@reg.example.com/team/x:1" in ended.out
    assert "ann" not in ended.out
    assert "hunter2" not in "".join((*ended[1:], *checked[1:]))


HELD = "docker run --gpus 2 trainer:dev python t.py"
REGISTRY = ("--registry", "registry.example.com/research")


@pytest.fixture
def demo(advisor: Advisor, folder: Path) -> str:
    assert advisor("snapshot", "--demo", "-o", "all.json.zst").code == 0
    return str(folder / "all.json.zst")


@pytest.mark.parametrize("target", ["runai-v1", "runai-v2", "kubernetes"])
def test_what_the_plan_holds_back_is_not_pushed(advisor: Advisor, demo: str, target: str) -> None:
    ended = advisor("translate", HELD, "--to", target, "--snapshot", demo, *REGISTRY)
    assert ended.code == 1
    assert " push " not in ended.out + ended.err.replace("; push the one", "")
    (told,) = [line for line in ended.err.splitlines() if line.startswith("unresolved: IMAGE")]
    assert "held back: it sets HF_TOKEN (IMG022)" in told
    for machine in ("dgx-1", "ws-7"):
        name = f"registry.example.com/research/trainer:dev-{machine}"
        assert f"on {machine} for {name}" in told
    given = advisor(
        *("translate", HELD, "--to", target, "--snapshot", demo, *REGISTRY),
        *("--set", "IMAGE=registry.example.com/research/trainer:clean"),
    )
    assert (given.code, "research/trainer:clean" in given.out) == (0, True)


def test_what_a_script_exports_is_asked_for_in_every_form(advisor: Advisor, folder: Path) -> None:
    (folder / "job.sbatch").write_text(
        "#!/bin/bash\n#SBATCH --gpus=2\nexport MASTER_ADDR=$(scontrol show hostnames | head -1)\n"
        "srun docker run -e MASTER_ADDR --gpus all pytorch/pytorch:2.3.0 python t.py\n"
    )
    for target in ("runai-v1", "runai-v2", "kubernetes"):
        ended = advisor("translate", "job.sbatch", "--to", target)
        assert ended.code == 1
        asked = "unresolved: -e MASTER_ADDR: give --set MASTER_ADDR=VALUE, what the script exports"
        assert asked in ended.err
        given = advisor("translate", "job.sbatch", "--to", target, "--set", "MASTER_ADDR=a")
        assert (given.code, "MASTER_ADDR" in given.err) == (0, False)


PINS = {
    "nodeSelector: {kubernetes.io/hostname: gpu-2}": "nodeSelector kubernetes.io/hostname=gpu-2",
    "nodeSelector: {disk: big}": "nodeSelector disk=big",
    "nodeName: gpu-2": "nodeName gpu-2",
}


@pytest.mark.parametrize("pin", PINS)
def test_data_of_machines_that_the_job_is_no_longer_kept_to_waits(
    advisor: Advisor, folder: Path, pin: str
) -> None:
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
        "  containers:\n  - name: a\n    image: r.example/a:1\n"
        "    volumeMounts: [{name: d, mountPath: /d}]\n"
        "  volumes: [{name: d, hostPath: {path: /raid/segm}}]\n"
    )
    (folder / "free.yaml").write_text(pod)
    (folder / "tied.yaml").write_text(f"{pod}  {pin}\n")
    for target in ("runai-v1", "runai-v2"):
        ended = advisor("translate", "tied.yaml", "--to", target)
        assert (ended.code, "claimname=" in ended.out) == (1, True)
        assert f"the data is on the machines of {PINS[pin]}, and runai cannot keep" in ended.err
        assert advisor("translate", "free.yaml", "--to", target).code == 0
    kept = advisor("translate", "tied.yaml", "--to", "kubernetes")
    assert (kept.code, "/raid/segm" in kept.out) == (0, True)
    given = advisor("translate", "tied.yaml", "--data-claim", "segm=/raid/segm")
    assert (given.code, "claimname=segm,path=/d" in given.out) == (0, True)


def test_the_shells_own_numbers_are_asked_for_in_one_sentence(advisor: Advisor) -> None:
    ended = advisor(
        "translate", "docker run -u $(id -u):$(id -g) r.example/a:1", "--to", "kubernetes"
    )
    (told,) = [line for line in ended.err.splitlines() if "--user" in line or "-u " in line]
    assert told.endswith(
        "only the shell knows $(id -u):$(id -g): give --set ID_U=VALUE and --set ID_G=VALUE, the"
        " numbers that `id -u; id -g` prints, or put it in place of SET_ME_ID_U and SET_ME_ID_G"
    )


@pytest.mark.parametrize(
    ("name", "text", "image"),
    [
        ("t.sh", "IMG=lab/t:1\ndocker build -t $IMG .\ndocker run $IMG python t.py\n", "lab/t:1"),
        ("t.sh", "sudo docker buildx build --tag=t:1 .\nsudo docker run t:1 python t.py\n", "t:1"),
        ("compose.yaml", "services:\n  a: {build: ., image: 'lab/t:1'}\n", "lab/t:1"),
    ],
)
def test_what_a_file_builds_gets_the_registrys_name(
    advisor: Advisor, folder: Path, name: str, text: str, image: str
) -> None:
    (folder / name).write_text(text)
    ended = advisor("translate", name, "--registry", "r.example/x", "--assume", "gpu-nodes=2")
    assert (ended.code, f"--image r.example/x/{image}" in ended.out) == (0, True)
    push = f"docker tag {image} r.example/x/{image} && docker push r.example/x/{image}"
    assert f"first: {push}" in ended.err
    assert "first: # build the image as before" in ended.err
    assert advisor("translate", name, "--assume", "gpu-nodes=2").code == 1


def test_what_a_script_pushes_itself_keeps_its_name(advisor: Advisor, folder: Path) -> None:
    for text in (
        "docker build -t lab/t:1 .\ndocker push lab/t:1\ndocker run lab/t:1\n",
        "docker buildx build --push -t lab/t:1 .\ndocker run lab/t:1\n",
        "docker build -t r.example/t:1 .\ndocker run r.example/t:1\n",
    ):
        (folder / "t.sh").write_text(text)
        ended = advisor("translate", "t.sh", "--registry", "other.example/x")
        assert (ended.code, "other.example" in ended.out) == (0, False)
