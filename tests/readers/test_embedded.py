"""Manifests and compose files that stand in a page or in a script's here-document."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.readers.specs import read_specs

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: fit}
spec:
  containers:
  - name: main
    image: reg.example/team/fit:1
    resources: {limits: {nvidia.com/gpu: 2}}
"""
SERVICE = "services:\n  fit:\n    image: reg.example/team/fit:1\n"


def found(folder: Path, name: str, text: str) -> tuple[list[str], list[str], list[str]]:
    file = folder / name
    file.write_text(text)
    read = read_specs([str(file)])
    shown = [problem.where.removeprefix(f"{folder}/") for problem in read.problems]
    return [job.label for job in read.jobs], shown, [*read.notes]


@pytest.mark.parametrize(
    "script",
    [
        f"cat << EOF | oc apply -f -\n---\n{POD}EOF\n",
        f"kubectl apply -f - <<'EOF'\n{POD}EOF\n",
        f"cat >fit.yaml <<\\END\n{POD}END\nmicrok8s kubectl create -f fit.yaml\n",
        f"#!/bin/sh\n\tcat <<-EOF >x\n{POD}\tEOF\n",
    ],
)
def test_a_here_document_is_read(tmp_path: Path, script: str) -> None:
    jobs, problems, _ = found(tmp_path, "go.sh", script)
    assert (jobs, problems) == (["Pod fit"], [])


def test_one_that_the_shell_fills_in_is_told(tmp_path: Path) -> None:
    text = "echo start\ncat <<EOF | kubectl apply -f -\n" + POD.replace("fit:1", "fit:$TAG")
    assert found(tmp_path, "go.sh", f"{text}EOF\n") == (
        ["Pod fit"],
        [],
        [
            f"{tmp_path}/go.sh:3: a manifest that the shell fills in, read with ${{TAG}} left open:"
            " give --set NAME=VALUE for each"
        ],
    )
    text = text.replace("$TAG", "$(git rev-parse HEAD)")
    assert found(tmp_path, "go.sh", f"{text}EOF\n") == (
        [],
        [],
        [
            f"{tmp_path}/go.sh:3: a manifest that the shell fills in is not read, since"
            " $(git rev-parse HEAD) is not known: give --set NAME=VALUE for each variable, or name"
            " what the script writes"
        ],
    )


def test_a_fault_has_the_line_of_the_script(tmp_path: Path) -> None:
    text = f"echo start\ncat <<'EOF' | kubectl apply -f -\n{POD}  hostNetwork: [\nEOF\n"
    jobs, problems, _ = found(tmp_path, "go.sh", text)
    assert jobs == []
    assert [one.startswith("go.sh:1") for one in problems] == [True]


def test_the_blocks_of_a_page_are_read(tmp_path: Path) -> None:
    page = (
        f"# Fit\n\n```yaml\n{POD}```\n\n~~~yml title=compose\n{SERVICE}~~~\n\n"
        "```yaml\nresources:\n  limits: {}\n```\n\n```python\nservices:\n```\n"
        f"```python\n# Save as: pod.yaml\n{POD}```\n```\n{SERVICE}```\n"
    )
    jobs = ["Pod fit", "service fit", "Pod fit", "service fit"]
    assert found(tmp_path, "README.md", page) == (jobs, [], [])


def test_a_block_may_name_what_another_block_has(tmp_path: Path) -> None:
    head = "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: "
    pod = "{containers: [{name: node, image: 'reg.example/fit:1', resources: {limits: {cpu: 2}}}]}"
    runtime = (
        f"{head}TrainingRuntime\nmetadata: {{name: lab}}\nspec: {{template: {{spec: {{"
        f"replicatedJobs: [{{name: node, template: {{spec: {{template: {{spec: {pod}}}}}}}}}]}}}}}}"
    )
    job = f"{head}TrainJob\nmetadata: {{name: fit}}\nspec: {{runtimeRef: {{name: lab}}}}"
    file = tmp_path / "README.md"
    file.write_text(f"```yaml\n{runtime}\n```\nThen\n```yaml\n{job}\n```\n")
    (found_job,) = read_specs([str(file)]).jobs
    run, place = found_job.run, found_job.place
    assert run is not None
    assert place is not None
    assert (run.image.text, run.cpu_limit, place.line) == ("reg.example/fit:1", 2000, 12)


def test_services_at_the_top_of_a_block_are_told(tmp_path: Path) -> None:
    block = "web:\n  image: nginx\n  links: [db]\ndb:\n  image: mysql\n"
    jobs, problems, notes = found(tmp_path, "README.md", f"```\n{block}```\n")
    assert (jobs, problems) == ([], [])
    assert [note.partition("README.md")[2] for note in notes] == [
        ":2:1: an example that is not judged: `web`: the format of version 1, which compose does"
        " not read any more"
    ]
    values = "web:\n  image: nginx\n  replicas: 2\n"
    assert found(tmp_path, "README.md", f"```yaml\n{values}```\n") == ([], [], [])


def test_a_block_with_a_fault_is_an_example(tmp_path: Path) -> None:
    page = f"```yaml\n{POD}  ...more: [\n```\n"
    jobs, problems, notes = found(tmp_path, "README.md", page)
    assert (jobs, problems) == ([], [])
    assert [": an example that is not judged: " in note for note in notes] == [True]


BATCH = """\
#SBATCH --gpus=2
#SBATCH --job-name=fit
srun --container-image=a/b:1 python fit.py --out $OUT
"""


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("run.sh", f"OUT=/o\nsbatch <<EOF\n#!/bin/bash\n{BATCH}EOF\n", 6),
        ("run.sh", f"cat > j.sbatch <<'EOF'\n#!/bin/bash\n{BATCH}EOF\nsbatch j.sbatch\n", 5),
        ("README.md", f"Type\n```bash\n#!/bin/bash\n{BATCH}```\n", 6),
    ],
)
def test_a_batch_script_in_a_script_or_page_keeps_its_head(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    file = tmp_path / name
    file.write_text(text)
    found = read_specs([str(file)])
    (job,) = found.jobs
    assert found.notes == ()
    assert job.place is not None
    assert job.run is not None
    out = "/o" if text.startswith("OUT") else "$OUT"
    assert job.place.line == line
    assert [ask.count for ask in job.run.gpus] == [2]
    assert [one.text for one in (job.run.name, *(job.run.entrypoint or ())) if one] == [
        *("fit", "python", "fit.py", "--out", out)
    ]


SHELLS = """\
ssh gpu-1 bash -s <<'EOF'
docker run --gpus all a/b:1 fit
EOF
cat <<EOF
usage: docker run --gpus all a/b:1 fit
EOF
docker run -i c/d:1 bash -s one <<'EOF'
fit $1
EOF
docker run -i e/f:1 python3 <<EOF
print("$HOME")
EOF
docker run -i g/h:1 fit <<EOF
1
EOF
"""


def test_what_a_shell_is_given_by_a_here_document(tmp_path: Path) -> None:
    file = tmp_path / "run.sh"
    file.write_text(SHELLS)
    found = read_specs([str(file)])
    commands = {
        job.run.image.text: [one.text for one in (*(job.run.entrypoint or ()), *job.run.arguments)]
        for job in found.jobs
        if job.run
    }
    assert commands == {
        "a/b:1": ["fit"],
        "c/d:1": ["bash", "-c", "fit $1", "bash", "one"],
        "e/f:1": ["python3", "-c", 'print("$HOME")'],
        "g/h:1": ["fit"],
    }
    assert [note.removeprefix(f"{file}:") for note in found.notes] == [
        "13:1: what it reads from standard input is not carried over: put it into the command, or"
        " into a file that the job can read"
    ]


def test_what_a_page_writes_and_submits_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(
        f"```bash\nssh head 'cat > j.sh' <<'EOF'\n#!/bin/bash\n{BATCH}EOF\nsbatch j.sh\n```\n"
    )
    found = read_specs([str(file)])
    assert ([job.label for job in found.jobs], found.notes) == (["fit"], ())


JOB = """apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: i}]}}}
"""
SCRIPT = """kubectl apply -f job.yaml
kubectl create job warm --image=img:1 -- python warm.py
kubectl run gpu --image img:2 --restart=Never --limits=nvidia.com/gpu=2 --env=A=b -it -- nvidia-smi
kubectl create deployment web --image=img:3 --replicas=2 --port=80
kubectl create cronjob nightly --image=img:4 --schedule="0 3 * * *" -- python nightly.py
kubectl create job again --from=cronjob/nightly
kubectl apply -f missing.yaml
"""


def _files(folder: Path) -> Path:
    (folder / "job.yaml").write_text(JOB)
    script = folder / "go.sh"
    script.write_text(SCRIPT)
    return script


def test_files_and_flags(tmp_path: Path) -> None:
    script = _files(tmp_path)
    found = read_specs([str(script)])
    runs = {job.label: job.run for job in found.jobs}
    assert list(runs) == ["Job a", "Job warm", "Pod gpu", "Deployment web", "CronJob nightly"]
    gpu = runs["Pod gpu"]
    assert gpu is not None
    assert [ask.count for ask in gpu.gpus] == [2]
    assert [one.text for one in gpu.arguments] == ["nvidia-smi"]
    assert (gpu.interactive, gpu.terminal) == (True, True)
    warm = runs["Job warm"]
    assert warm is not None
    assert warm.entrypoint is not None
    assert [one.text for one in warm.entrypoint] == ["python", "warm.py"]
    assert [note.partition(": ")[2] for note in found.notes] == [
        "what `kubectl` makes of flags is not read: name what `--dry-run=client -o yaml` prints",
        "the file that `kubectl apply` submits is not read with it: name it as well",
    ]


def test_a_file_of_the_same_folder_is_read_once(tmp_path: Path) -> None:
    _files(tmp_path)
    labels = [job.label for job in read_specs([str(tmp_path)]).jobs]
    assert labels.count("Job a") == 1


def test_a_command_of_kubectl_is_read_as_it_is_typed() -> None:
    (job,) = read_specs(["kubectl run gpu --image=img --limits=nvidia.com/gpu=1"]).jobs
    assert (job.label, [need.count for need in job.accelerators]) == ("Pod gpu", [1])


@pytest.mark.parametrize(
    ("script", "words", "gpus"),
    [
        ("for S in 1 2; do\nsbatch <<EOF\n{head}{run}$S\nEOF\ndone\n", "python t.py $S", 2),
        ("submit() {{ sbatch <<EOF\n{head}{run}$1\nEOF\n}}\nsubmit a\n", "python t.py a", 2),
        ("export S=a\nsbatch <<'EOF'\n{head}{run}$S\nEOF\n", "python t.py a", 2),
        ("sbatch --gpus 4 <<EOF\n#!/bin/sh\n{run}\\$S\nEOF\n", "python t.py $S", 4),
        ("cat <<EOF >j.sbatch\n{head}{run}$USER\nEOF\nsbatch j.sbatch\n", "python t.py $USER", 2),
        (
            "echo '#!/bin/sh' > j\necho '#SBATCH --gpus 2' >> j\necho \"{run}$A\" >>j\nsbatch j\n",
            "python t.py $A",
            2,
        ),
    ],
)
def test_a_script_that_a_script_gives_to_slurm(
    tmp_path: Path, script: str, words: str, gpus: int
) -> None:
    head = "#!/bin/sh\n#SBATCH --gpus=2\n"
    run = "srun --container-image=fit python t.py "
    (tmp_path / "go.sh").write_text(script.format(head=head, run=run))
    (job,) = read_specs([str(tmp_path / "go.sh")]).jobs
    assert job.run is not None
    shown = " ".join(each.text for each in job.run.entrypoint or ()).strip()
    assert (shown, [ask.count for ask in job.run.gpus]) == (words.strip(), [gpus])


def test_a_name_that_has_a_command_in_it_is_one_word(tmp_path: Path) -> None:
    script = "N=$(date +%d %H)_a\nsbatch <<EOF\n#SBATCH -J $N\nsrun --container-image=fit a\nEOF\n"
    (tmp_path / "go.sh").write_text(script)
    (job,) = read_specs([str(tmp_path / "go.sh")]).jobs
    assert job.run is not None
    assert str(job.run.name) == "DATE_D_H-_a"
