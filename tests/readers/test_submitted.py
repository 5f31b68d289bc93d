"""What a script submits to a cluster: files beside it, and what kubectl makes of flags."""

from __future__ import annotations

from pathlib import Path

from advisor.readers.specs import read_specs

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
