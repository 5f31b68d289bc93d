"""Jobs that cannot be read are told, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.readers.result import ReadOptions
from advisor.readers.specs import read_specs

WRITTEN = """\
import sys
TEXT = f\'\'\'apiVersion: {GROUP}/v1
kind: TrainingWorkload
metadata: {{name: {sys.argv[1]}}}
\'\'\'
"""
JOB_OF_TERRAFORM = """\
resource "kubernetes_job_v1" "fit" {
  metadata { name = "fit" }
}
"""
OF_TERRAFORM = """\
resource "kubectl_manifest" "fit" {
  yaml_body = <<YAML
apiVersion: batch/v1
kind: Job
YAML
}
"""
BARE = """\
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: fit}
spec: {replicatedJobs: [{name: a}]}
---
apiVersion: kueue.x-k8s.io/v1beta1
kind: ClusterQueue
metadata: {name: queue}
spec: {resourceGroups: [{flavors: [{resources: []}]}]}
"""
APPLY_IT = "apply it, and name what `kubectl get KIND NAME -o yaml` prints"


@pytest.mark.parametrize(
    ("name", "text", "notes"),
    [
        ("go.py", WRITTEN, ["2: the TrainingWorkload that the program writes here is not read: name"
                            " the file that it writes"]),
        ("a.tf", JOB_OF_TERRAFORM, ["1:1: a workload of Terraform's provider for Kubernetes is not"
                                    f" read: {APPLY_IT}"]),
        ("b.tf", OF_TERRAFORM, ["3:1: a manifest that Terraform fills in is not read: "
                                f"{APPLY_IT}"]),
        ("c.yaml", BARE, ["1:1: JobSet fit has no pod template of its own, so nothing of it is"
                          " judged"]),
        ("d.md", "```cli\noc run a --rm\n```\n", [
            "2:1: what `kubectl` makes of flags is not read: name what `--dry-run=client -o yaml`"
            " prints"]),
        ("e.sh", "#!/bin/sh\n# Submit:\n#   ~/bin/runai training standard submit fit-1 -g 1\n", [
            "3: the `runai training standard submit fit-1` in this comment is not read: give it as"
            " a command of its own"]),
    ],
)  # fmt: skip
def test_jobs_in_other_programs_are_told(
    tmp_path: Path, name: str, text: str, notes: list[str]
) -> None:
    file = tmp_path / name
    file.write_text(text)
    found = read_specs([str(tmp_path)])
    assert (found.jobs, found.problems) == ((), ())
    assert [note.removeprefix(f"{file}:") for note in found.notes] == notes


PROSE = """\
```bash
docker run <image>
docker run --gpus all <your-image>:<tag> python train.py
docker run busybox
ssh gpu-01 docker run --gpus all busybox
bash -c "docker run busybox"
sudo sh -c 'runai submit -i busybox'
echo docker run busybox
docker run -i busybox sh <in.txt >out.txt
docker run -v {INPUT_DIR}:/in busybox
```
"""


def test_examples_and_jobs_that_other_programs_start(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(PROSE)
    found = read_specs([str(file)])
    assert [job.place and job.place.line for job in found.jobs] == [2, 3, 4, 5, 6, 7, 9, 10]
    filled = (found.jobs[0].run, found.jobs[1].run, found.jobs[7].run)
    assert [
        run and (run.image.text, [one.source.text for one in run.mounts]) for run in filled
    ] == [
        ("$IMAGE", []),
        ("$YOUR_IMAGE:$TAG", []),
        ("busybox", ["$INPUT_DIR"]),
    ]
    assert found.problems == ()
    example = "{} stands for something of yours: the command asks for it"
    hidden = "what `{0}` starts is read as a job; `{0}` itself is left out"
    assert [note.removeprefix(f"{file}:") for note in found.notes] == [
        f"2:1: {example.format('<image>')}",
        f"3:1: {example.format('<your-image>')}",
        f"5:1: {hidden.format('ssh')}",
        f"6:1: {hidden.format('bash')}",
        f"7:1: {hidden.format('sudo')}",
        "9:1: what it reads from standard input is not carried over: put it into the command, or"
        " into a file that the job can read",
        f"10:1: {example.format('{INPUT_DIR}')}",
    ]


def test_a_command_with_something_to_fill_in() -> None:
    found = read_specs(["docker run --gpus all <your image>:1 train"])
    assert [job.source for job in found.jobs] == ["docker run --gpus all $YOUR_IMAGE:1 train"]
    assert found.problems == ()
    assert found.notes == (
        "command line:1:1: <your image> stands for something of yours: the command asks for it",
    )


def test_a_command_whose_dots_stand_for_words() -> None:
    found = read_specs(["docker run --gpus all ... <image>"])
    assert found.jobs == ()
    assert [str(one) for one in found.problems] == [
        "command line:1:1: ... stands for something of yours (put the real value in its place)"
    ]


def test_what_is_made_elsewhere_is_told_where_there_is_no_job(tmp_path: Path) -> None:
    file = tmp_path / "go.sh"
    noted = {}
    for text in ("docker start a\n", "docker exec a fit\n", "docker run a\ndocker start b\n"):
        file.write_text(text)
        noted[text] = read_specs([str(file)]).notes
    told = (f"{file}:1:1: the container is not made here: name what makes it",)
    assert list(noted.values()) == [told, told, ()]


UNREAD = """\
echo docker run busybox
trap 'docker run busybox' EXIT
sbatch train.sbatch
srun python fit.py
docker service create --name a busybox
kubectl run a --image busybox
kubectl apply -n team -f job.yaml
runai workload submit -p team -f job.yaml
kubectl get pods
tmux new -d -s a "docker run --gpus 1 busybox:1 fit"
numactl --cpunodebind=0 docker run --gpus 2 busybox:2 fit
srun --gres=gpu:1 docker run --gpus 3 busybox:3 fit
nohup ssh gpu-a "cd /w && docker run --gpus 4 busybox:4 fit" &
sbatch --gres=gpu:1 --wrap="docker run --gpus 5 busybox:5 fit"
docker compose -f a.yaml run --rm fit
"""


def test_what_looks_like_a_job_is_read_or_told(tmp_path: Path) -> None:
    file = tmp_path / "go.sh"
    file.write_text(UNREAD)
    found = read_specs([str(file)])
    assert [(one.label, one.place and one.place.line) for one in found.jobs] == [
        ("busybox:1", 10),
        ("busybox:2", 11),
        ("busybox:3", 12),
        ("busybox:4", 13),
        ("busybox:5", 14),
        ("Pod a", 6),
    ]
    assert found.problems == ()
    told = [note.removeprefix(f"{file}:").split(": ", 1) for note in found.notes]
    assert [where for where, _ in told] == [
        f"{line}:1" for line in (2, 3, 4, 5, 7, 8, *range(10, 16))
    ]


def test_a_script_in_which_a_job_is_only_seen(tmp_path: Path) -> None:
    file = tmp_path / "run.sh"
    file.write_text(
        '# docker run x\necho "docker run x"\ncmd=(\n  docker run x\n)\nstart "${cmd}"\n'
    )
    found = read_specs([str(file)])
    assert (found.jobs, found.notes) == (
        (),
        (f"{file}:4: the `docker run` here is not read: give it as a command of its own",),
    )


def test_a_job_that_only_a_comment_or_a_text_has(tmp_path: Path) -> None:
    file = tmp_path / "run.sh"
    told = []
    for text in (
        "# first\n#   runai submit --name a \\\n",
        'X="docker run a/b"\nstart $X\n',
        "# run docker\n",
    ):
        file.write_text(text)
        told += [note.removeprefix(f"{file}:") for note in read_specs([str(file)]).notes]
    end = "is not read: give it as a command of its own"
    assert told == [
        f"2: the `runai submit` in this comment {end}",
        f"1: the `docker run` here {end}",
    ]


FUNCTIONS = """\
run() { echo "+ $*"; if [ -z "$DRY" ]; then "$@"; fi; }
log() { echo "$@"; }
log docker run a/b:1
args=(docker run --gpus 2)
run "${args[@]}" c/d:1 fit
"""


def test_a_function_that_runs_its_words(tmp_path: Path) -> None:
    file = tmp_path / "run.sh"
    file.write_text(FUNCTIONS)
    (job,) = read_specs([str(file)]).jobs
    assert job.run is not None
    assert (job.run.image.text, [one.text for one in job.run.arguments]) == ("c/d:1", ["fit"])
    assert [ask.count for ask in job.run.gpus] == [2]


WRAPPER = """\
more=($(cat more))
command=(docker run "${more[@]}" -it "$@" a/b:1 fit)
"${command[@]}"
docker run --rm "$@" $IMAGE
docker run --rm "$@"
"""


def test_the_words_that_a_wrapper_is_given_are_options_before_an_image(tmp_path: Path) -> None:
    file = tmp_path / "run.sh"
    file.write_text(WRAPPER)
    runs = [job.run for job in read_specs([str(file)]).jobs]
    assert [run and run.image.text for run in runs] == ["a/b:1", "$IMAGE", "$@"]
    (job,) = read_specs([str(file)], ReadOptions(environment={"1": "-v", "2": "/d:/d"})).jobs[1:2]
    assert job.run is not None
    assert [mount.target.text for mount in job.run.mounts] == ["/d"]


ARGUMENTS = """\
in="$1"
out="${2:-$1}"
if [ "$in" = "$out" ]; then docker run -v "$in:$in" a/b:1
else docker run -v "$in:$in" -v "$out:$out" a/b:1
fi
docker cp worker:/result .
"""


def test_arguments_are_kept_apart_and_copies_are_told(tmp_path: Path) -> None:
    file = tmp_path / "run.sh"
    file.write_text(ARGUMENTS)
    found = read_specs([str(file)])
    mounts = [[one.source.text for one in job.run.mounts] for job in found.jobs if job.run]
    assert mounts == [["$1"], ["$1", "$2"]]
    assert found.notes == (
        f"{file}:6:1: what is copied into or out of a container is not carried over: mount storage"
        " that has it",
    )


def test_a_comment_among_the_lines_of_a_command_ends_it(tmp_path: Path) -> None:
    file = tmp_path / "go.sh"
    file.write_text("docker run --gpus 2 \\\n  # --ipc host \\\n  -v /a:/b \\\n  busybox go\n")
    assert [problem.what for problem in read_specs([str(file)]).problems] != []
    file.write_text("docker run busybox go \\\n  # --slow \\\n  --fast \\\n  --far\nls -l\n")
    found = read_specs([str(file)])
    assert [job.run and len(job.run.arguments) for job in found.jobs] == [1]
    assert found.notes == (
        f"{file}:3:3: `--fast` is no command, and what follows it is in none: a comment, a blank"
        " behind the backslash or an empty line ends the command before it; take that out",
    )


def test_a_stack_of_swarm_is_known_by_its_services(tmp_path: Path) -> None:
    spec = "{discrete_resource_spec:\n          {kind: gpu, value: 2}}"
    (tmp_path / "stack.yml").write_text(
        "services:\n  a:\n    image: r.example/a:1\n    deploy:\n      resources:\n"
        f"        reservations:\n          generic_resources:\n          - {spec}\n"
        "          - discrete_resource_spec:\n              kind: gpu\n              value: 1\n"
    )
    (job,) = read_specs([str(tmp_path)]).jobs
    assert [ask.count for ask in job.run.gpus if job.run] == [2, 1]  # type: ignore[union-attr]


FOREIGN = {
    "sky.yaml": "name: a\nresources:\n  accelerators: {A100: 8}\nrun: |\n  python t.py\n",
    ".dstack.yml": "type: task\nimage: i\ncommands: [a]\nresources: {gpu: 1}\n",
    "const.yaml": "name: a\nentrypoint: python t.py\nsearcher: {name: single}\n",
    "a.nomad.hcl": 'job "a" {\n  task "t" {\n    driver = "docker"\n  }\n}\n',
    "cog.yaml": "build: {gpu: true}\npredict: predict.py:Predictor\n",
    "spec.yml": "version: v2\ntasks:\n- name: a\n  image: {beaker: b}\n",
    "azure.yml": "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\n",
    "batch.json": '{"type": "container",\n "containerProperties": {"image": "i"}}\n',
    "task.json": '{"containerDefinitions": [{"image": "i"}]}\n',
    "vertex.yaml": "workerPoolSpecs:\n- machineSpec: {acceleratorCount: 1}\n",
    "polyaxon.yaml": "version: 1.1\nkind: component\nrun: {kind: job}\n",
    "train.sub": "universe = docker\ndocker_image = i\nqueue 1\n",
    "main.nf": "process a {\n  container 'i'\n}\n",
    "osmo.yaml": "workflow:\n  name: a\n  tasks:\n  - name: b\n    image: {{ image }}\n",
    "valohai.yaml": "- step:\n    name: a\n    image: i\n    command: b\n",
    "mcli.yaml": "image: i\ncompute:\n  gpus: 8\ncommand: |-\n  a\n",
    "a.cwl": "class: CommandLineTool\nrequirements:\n  DockerRequirement:\n    dockerPull: i\n",
    "a.wdl": 'task a {\n  runtime {\n    docker: "i"\n  }\n}\n',
    "Snakefile": 'rule a:\n    container: "docker://i"\n',
}


def test_jobs_in_forms_of_other_programs_are_told_with_their_place(tmp_path: Path) -> None:
    for name, text in {**FOREIGN, "other.yaml": "run: a\nresources: b\n"}.items():
        (tmp_path / name).write_text(text)
    found = read_specs([str(tmp_path)])
    assert (found.jobs, found.problems) == ((), ())
    told = {
        note.partition(" is not read: ")[0].removeprefix(f"{tmp_path}/") for note in found.notes
    }
    assert told == {
        "sky.yaml:2:1: a task of SkyPilot",
        ".dstack.yml:1:1: a run of dstack",
        "const.yaml:2:1: an experiment of Determined AI",
        "a.nomad.hcl:1:1: a job of Nomad",
        "cog.yaml:1:1: a model of Cog",
        "spec.yml:2:1: an experiment of Beaker",
        "azure.yml:1:1: a job of Azure Machine Learning",
        "batch.json:2:1: a job definition of AWS Batch",
        "task.json:1:1: a task definition of Amazon ECS",
        "vertex.yaml:1:1: a custom job of Vertex AI",
        "polyaxon.yaml:2:1: a component of Polyaxon",
        "train.sub:2:1: a job of HTCondor",
        "main.nf:2:1: a pipeline of Nextflow",
        "osmo.yaml:1:1: a workflow of NVIDIA OSMO",
        "valohai.yaml:1:1: a step of Valohai",
        "mcli.yaml:2:1: a run of MosaicML",
        "a.cwl:4:1: a tool of CWL",
        "a.wdl:3:1: a task of WDL",
        "Snakefile:2:1: a workflow of Snakemake",
    }
    named = read_specs([str(tmp_path / "sky.yaml")])
    assert named.notes == tuple(note for note in found.notes if "SkyPilot" in note)


def test_a_wrapper_within_the_text_of_another(tmp_path: Path) -> None:
    script = tmp_path / "a.sh"
    script.write_text(
        'tmux new -d "numactl -N 0 docker run --gpus \'\\"device=2,3\\"\' a/b:1 fit"\n'
    )
    (job,) = read_specs([str(script)]).jobs
    assert job.run is not None
    assert [ask.devices for ask in job.run.gpus] == [("2", "3")]


def test_python_of_old_is_told_where_it_starts_a_job(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text("import os\nprint 'x'\nos.system(\"docker run -d a/b:1\")\n")
    result = read_specs([str(script)])
    assert result.jobs == ()
    assert [note.partition(": ")[0] for note in result.notes][-1] == f"{script}:3"
