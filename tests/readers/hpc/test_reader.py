"""Commands of HPC programs, as the runai command they become."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.jobs.translation import ClaimMapping, Situation, Target
from advisor.readers.hpc.flags import Amounts, amounts_of
from advisor.readers.specs import read_specs
from advisor.writers import write

SITUATION = Situation(target="runai-v2", claims=(ClaimMapping(claim="sets", path="/sets"),))


def command(text: str) -> str:
    (job,) = read_specs([text]).jobs
    return write(job, SITUATION).text.strip().removeprefix("runai training ")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (
            "srun -p gpu --gpus=1 --mem=32G --container-image=nvcr.io#nvidia/pytorch:24.01-py3"
            " --container-mounts=/sets:/sets --container-workdir /w python fit.py",
            "standard submit pytorch --image nvcr.io/nvidia/pytorch:24.01-py3"
            " --gpu-devices-request 1 --cpu-memory-limit 32Gi --working-dir /w"
            " --existing-pvc claimname=sets,path=/sets --command -- python fit.py",
        ),
        (
            "srun -N2 --ntasks-per-node=8 --gres=gpu:a100:8 -c 4 --container-image a/b:1 fit",
            "mpi submit b --image a/b:1 --gpu-devices-request 8 --cpu-core-limit 32 --workers 2"
            " --slots-per-worker 8 --command -- mpirun -np 16 fit",
        ),
        (
            "srun --nodes 2 --gpus-per-node 8 --container-image a/b:1 torchrun"
            " --nnodes=$SLURM_NNODES --node_rank=$SLURM_NODEID --master_addr=$HEAD fit",
            "pytorch submit b --image a/b:1 --gpu-devices-request 8 --workers 1 --command --"
            " torchrun --nnodes=2 --node_rank='$(RANK)' --master_addr='$(MASTER_ADDR)' fit",
        ),
        (
            "srun --export=ALL,A=1 --container-image docker://a/b:1 --pty bash",
            "workspace",
        ),
        (
            "apptainer exec --nv --containall -B /sets --env A=1 docker://a/b:1 fit --lr 1",
            "standard submit b --image a/b:1 --gpu-devices-request 1 -e A=1"
            " --existing-pvc claimname=sets,path=/sets --command -- fit --lr 1",
        ),
        (
            "singularity run -C /sw/b.sif --lr 1",
            "standard submit job --image"
            ' "${IMAGE:?an image in a registry with what is in /sw/b.sif}" -- --lr 1',
        ),
        (
            "enroot start --rw -m /sets:/sets:ro -e A=1 b.sqsh fit",
            'standard submit job --image "${IMAGE:?an image in a registry with what is in b.sqsh}"'
            " -e A=1 --existing-pvc claimname=sets,path=/sets -- fit",
        ),
        (
            "shifter --image=docker:a/b:1 --module=gpu --volume=/sets:/sets fit",
            "standard submit b --image a/b:1 --gpu-devices-request 1"
            " --existing-pvc claimname=sets,path=/sets --command -- fit",
        ),
        (
            "podman-hpc run --rm --gpu --mpi -v /sets:/sets a/b:1 fit",
            "standard submit b --image a/b:1 --gpu-devices-request 1"
            " --existing-pvc claimname=sets,path=/sets -- fit",
        ),
    ],
)
def test_commands(text: str, made: str) -> None:
    found = command(text)
    assert found == made or (made == "workspace" and found.startswith("runai workspace submit b "))


@pytest.mark.parametrize(
    "front", ["time", "A=1 exec", "time -p nice -n 5", "sudo -E nohup", "timeout -k 5 3600"]
)
@pytest.mark.parametrize(
    "program", ["srun --gpus=1 --container-image=a/b:1", "apptainer exec --nv -C docker://a/b:1"]
)
def test_a_program_in_front_starts_the_same(tmp_path: Path, front: str, program: str) -> None:
    file = tmp_path / "fit.sh"
    file.write_text(f"{front} {program} fit --lr 1\n")
    (job,) = read_specs([str(file)]).jobs
    assert write(job, SITUATION).text == (
        "runai training standard submit b --image a/b:1 --gpu-devices-request 1 --command --"
        " fit --lr 1"
    )


def test_a_script_of_slurm(tmp_path: Path) -> None:
    file = tmp_path / "fit.sbatch"
    file.write_text(
        "#!/bin/bash\n#SBATCH --job-name=fit\n#SBATCH -N 4\n#SBATCH --gres=gpu:8  # all\n"
        "#SBATCH --mem=64G\nsrun -N 1 --container-image=a/b:1 torchrun fit.py\n"
    )
    (job,) = read_specs([str(file)]).jobs
    assert write(job, SITUATION).text == (
        "runai training standard submit fit --image a/b:1 --gpu-devices-request 8"
        " --cpu-memory-limit 64Gi --command -- torchrun fit.py"
    )


HEADS = [
    (
        "#SBATCH -J fit\n#SBATCH --gpus 4\n#SBATCH -c 8\n#SBATCH --array=1-3",
        "apptainer exec -C --nv docker://a/b:1 fit $SLURM_ARRAY_TASK_ID",
        "submit fit --image a/b:1 --gpu-devices-request 4 --cpu-core-limit 8 --command -- fit"
        " ${SLURM_ARRAY_TASK_ID?the value of SLURM_ARRAY_TASK_ID or nothing}",
    ),
    (
        "#PBS -N fit\n#PBS -l select=1:ncpus=16:ngpus=2:mem=64gb,walltime=1:00:00\n#PBS -j oe",
        "singularity exec --nv -C docker://a/b:1 fit",
        "submit fit --image a/b:1 --gpu-devices-request 2 --cpu-core-limit 16"
        " --cpu-memory-limit 64Gi --command -- fit",
    ),
    (
        "#PBS -l nodes=1:ppn=8:gpus=4",
        "docker run --gpus all a/b:1 fit",
        "submit b --image a/b:1 --gpu-devices-request 4 -- fit",
    ),
    (
        "#$ -N fit\n#$ -cwd\n#$ -pe smp 4\n#$ -l gpu=1,h_vmem=8G",
        "apptainer run -C --nv docker://a/b:1 fit",
        "submit fit --image a/b:1 --gpu-devices-request 1 --cpu-core-limit 4"
        " --cpu-memory-limit 32Gi -- fit",
    ),
    (
        '#BSUB -J fit[1-9]\n#BSUB -n 4\n#BSUB -gpu "num=2:mode=shared"',
        "apptainer exec -C --nv docker://a/b:1 fit",
        "submit fit --image a/b:1 --gpu-devices-request 2 --cpu-core-limit 4 --command -- fit",
    ),
    (
        "#SBATCH --container-image a/b:1\n#SBATCH --gpus=1",
        "echo begins\nfit",
        "submit b --image a/b:1 --gpu-devices-request 1 --command -- bash -c 'echo begins\nfit'",
    ),
    (
        "# no line of a head",
        "true\n#SBATCH --gpus=4\napptainer exec -C docker://a/b:1 fit",
        "submit b --image a/b:1 --command -- fit",
    ),
    (
        "#PBS -l select=1:ngpus=8",
        "mpirun --hostfile $F -np 8 apptainer exec -C --nv docker://a/b:1 fit",
        "submit b --image a/b:1 --gpu-devices-request 8 --command -- mpirun -np 8 fit",
    ),
    (
        "#SBATCH -N 2\n#SBATCH --gpus-per-node=8",
        "srun docker run --gpus all a/b:1 fit",
        "submit b --image a/b:1 --gpu-devices-request 8 --workers 2 --slots-per-worker 1"
        " -- mpirun -np 2 fit",
    ),
    (
        "#SBATCH -N 2\n#SBATCH --gpus-per-node=8",
        "srun --gres=gpu:1 --pty --container-image a/b:1 bash",
        "submit b --image a/b:1 --gpu-devices-request 1 --attach --command -- bash",
    ),
    (
        "#SBATCH --gpus=1",
        "export A=1 SINGULARITYENV_B=2\nsingularity exec -c docker://a/b:1 fit",
        "submit b --image a/b:1 --gpu-devices-request 1 -e A=1 -e B=2 --command -- fit",
    ),
    (
        "#SBATCH --gpus=1",
        "export MASTER_ADDR=$(scontrol show hostnames)\nsrun --container-image a/b:1 fit",
        "submit b --image a/b:1 --gpu-devices-request 1 -e MASTER_ADDR="
        '"${MASTER_ADDR:?what the script exports as MASTER_ADDR}" --command -- fit',
    ),
    (
        "#SBATCH --gpus=1",
        "export A=1\nsingularity exec -C docker://a/b:1 fit",
        "submit b --image a/b:1 --gpu-devices-request 1 --command -- fit",
    ),
    (
        "#SBATCH --gpus=1",
        "srun --container-image a/b:1 bash -c 'fit $SLURM_PROCID $SLURM_JOB_ID'",
        "submit b --image a/b:1 --gpu-devices-request 1 -e SLURM_PROCID=0 -e SLURM_JOB_ID="
        '"${SLURM_JOB_ID:?what Slurm would set SLURM_JOB_ID to}" --command -- bash -c'
        " 'fit $SLURM_PROCID $SLURM_JOB_ID'",
    ),
    (
        "#SBATCH --gpus=1",
        "cd /raid/w\napptainer exec docker://a/b:1 fit",
        "submit b --image a/b:1 --gpu-devices-request 1 --working-dir /raid/w --existing-pvc"
        ' claimname="${W_CLAIM:?the claim that holds /raid/w}",path=/raid/w --command -- fit',
    ),
    (
        "#SBATCH --gpus=1",
        "cd $(mktemp -d)\napptainer exec -C --pwd /w docker://a/b:1 fit",
        "submit b --image a/b:1 --gpu-devices-request 1 --working-dir /w --command -- fit",
    ),
    (
        "#SBATCH --gpus=1",
        "enroot start tools fit",
        'submit job --image "${IMAGE:?an image in a registry with what is in tools}"'
        " --gpu-devices-request 1 -- fit",
    ),
]


@pytest.mark.parametrize(("head", "text", "made"), HEADS)
def test_what_the_head_of_a_batch_script_asks_for(
    tmp_path: Path, head: str, text: str, made: str
) -> None:
    file = tmp_path / "fit.sh"
    file.write_text(f"#!/bin/bash\n{head}\n\n{text}\n")
    (job,) = read_specs([str(file)]).jobs
    assert write(job, SITUATION).text.partition(" submit ")[2] == made.removeprefix("submit ")


@pytest.mark.parametrize(
    ("directives", "flags", "asked"),
    [
        ("#SBATCH -N 2\n#SBATCH --gpus-per-node=8", "--gpus all", "--gpu-devices-request 8"),
        ("#SBATCH -N 2\n#SBATCH -G 8", "--gpus all", "--gpu-devices-request 4"),
        (
            "#SBATCH --gres=gpu:4",
            "--device /dev/kfd --device /dev/dri",
            "--extended-resource amd.com/gpu=4",
        ),
        ("#SBATCH --gres=gpu:4", "--gpus 2", "--gpu-devices-request 2"),
        ("#SBATCH --gres=gpu:4", "--gpus all -e CUDA_VISIBLE_DEVICES=0", "--gpu-devices-request 1"),
        (
            "#SBATCH --gres=gpu:4",
            '--gpus "device=$CUDA_VISIBLE_DEVICES"',
            "--gpu-devices-request 4",
        ),
        ("#SBATCH --mem=64G", "--gpus all", "--gpu-devices-request 1"),
        ("#SBATCH --gres=gpu:4", "", ""),
    ],
)
def test_all_gpus_of_docker_are_those_of_slurm(
    tmp_path: Path, directives: str, flags: str, asked: str
) -> None:
    file = tmp_path / "fit.sbatch"
    file.write_text(f"#!/bin/bash\n{directives}\nsrun docker run {flags} a/b:1 fit\n")
    (job,) = read_specs([str(file)]).jobs
    found = [part for part in write(job, SITUATION).text.split(" --") if "gpu" in part]
    assert [f"--{part.partition(' -- ')[0].partition(' -e')[0]}" for part in found] == (
        [asked] if asked else []
    )


def test_images_that_the_script_made_of_a_registrys(tmp_path: Path) -> None:
    file = tmp_path / "fit.sh"
    file.write_text(
        "apptainer pull b.sif docker://a/b:1\napptainer exec -C $D/b.sif fit\n"
        "enroot import -o c.sqsh docker://nvcr.io#a/c:2\nenroot create -n c c.sqsh\n"
        "enroot start c fit\nsingularity pull docker://a/d:3\nsingularity exec -C d_3.sif fit\n"
    )
    found = [job.images[0].reference for job in read_specs([str(file)]).jobs]
    assert found == ["a/b:1", "nvcr.io/a/c:2", "a/d:3"]


@pytest.mark.parametrize(
    ("stated", "amounts"),
    [
        ({"gpus": "8", "nodes": "2"}, Amounts(nodes=2, gpus=4)),
        ({"gpus": "a100:3"}, Amounts(gpus=3)),
        ({"gres": "gpu"}, Amounts(gpus=1)),
        ({"gres": "gpu:2,tmp:10G"}, Amounts(gpus=2)),
        ({"gres": "gpu:h100:4(S:0-1)"}, Amounts(gpus=4)),
        ({"gpus-per-task": "2", "tasks": "4"}, Amounts(tasks=4, gpus=8)),
        ({"tasks": "16", "tasks-per-node": "8"}, Amounts(nodes=2, tasks=8)),
        ({"nodes": "2-4"}, Amounts(nodes=4)),
        ({"mem": "500"}, Amounts(memory=500 * 2**20)),
        ({"mem-per-cpu": "4G", "cpus": "8"}, Amounts(cpus=8, task_cpus=8, memory=32 * 2**30)),
        ({"mem-per-gpu": "40G", "gpus": "2"}, Amounts(gpus=2, memory=80 * 2**30)),
        ({"mem": "0"}, Amounts()),
        ({"gpus": "$N"}, Amounts()),
    ],
)
def test_amounts(stated: dict[str, str], amounts: Amounts) -> None:
    assert amounts_of(stated) == amounts


@pytest.mark.parametrize(
    ("command_line", "told"),
    [
        (
            "srun -N2 --ntasks-per-node=8 --container-image a/b:1 fit",
            {"-N2": "mapped", "--ntasks-per-node=8": "mapped"},
        ),
        ("srun -N 1 -n 8 --container-image a/b:1 fit", {"-N": "mapped", "-n": "no-equivalent"}),
        ("srun -n 1 --container-image a/b:1 fit", {"-n": "mapped"}),
        ("srun -N $N --container-image a/b:1 fit", {"-N": "unresolved"}),
    ],
)
@pytest.mark.parametrize("target", ["runai-v2", "kubernetes"])
def test_machines_and_tasks_are_in_the_ledger(
    command_line: str, told: dict[str, str], target: Target
) -> None:
    (job,) = read_specs([command_line]).jobs
    words = command_line.split()
    fates = {
        words[entry.item.words[0]]: entry.fate
        for entry in write(job, Situation(target=target)).ledger
        if entry.item.words and words[entry.item.words[0]].startswith(("-N", "-n", "--nt"))
    }
    assert fates == told


IN_A_SHELL = """\
#!/bin/bash
#SBATCH --nodes=2
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-gpu=8
#SBATCH --time=1-02:00:00
#SBATCH --partition=big --output=o.txt
export STARTED=$(date +%s)
export NCCL_DEBUG=INFO
srun --container-image=a/b:1 --container-env=HF_TOKEN bash -c "torchrun \\
  --nnodes=$SLURM_NNODES --node-rank=$SLURM_NODEID --rdzv_endpoint=$(scontrol x):29500 \\
  --rdzv_conf=is_host=\\$(((SLURM_NODEID)) && echo 0 || echo 1) $TRAINING"
"""


def test_a_launcher_in_quoted_text_gets_the_operators_variables(tmp_path: Path) -> None:
    file = tmp_path / "job.sh"
    file.write_text(IN_A_SHELL)
    (job,) = read_specs([str(file)]).jobs
    assert write(job, Situation(target="runai-v2")).text == (
        "runai training pytorch submit b --image a/b:1 --gpu-devices-request 4 --cpu-core-limit 32"
        ' --workers 1 -e HF_TOKEN="$HF_TOKEN" -e NCCL_DEBUG=INFO'
        ' -e STARTED="$(date +%s)" --command -- bash -c'
        " 'torchrun   --nnodes=2 --node-rank=$RANK --rdzv_endpoint=$MASTER_ADDR:$MASTER_PORT"
        "   --rdzv_conf=is_host=$(((RANK)) && echo 0 || echo 1) '"
        '"${TRAINING:?the value of TRAINING}"'
    )
    (object_,) = write(job, Situation(target="kubernetes")).documents
    (worker,) = [object_["spec"]["pytorchReplicaSpecs"]["Worker"]["template"]["spec"]]
    assert worker["activeDeadlineSeconds"] == 26 * 3600
    told = {
        entry.item.written: entry.fate
        for entry in write(job, Situation(target="runai-v2")).ledger
        if entry.fate != "mapped"
    }
    assert told == {
        "--time": "no-equivalent",
        "--partition": "no-equivalent",
        "--output": "changed",
        "": "unresolved",
    }


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("30", 1800),
        ("10:30", 630),
        ("1:00:00", 3600),
        ("2-12", 216000),
        ("1-02:03:04", 93784),
        ("UNLIMITED", None),
    ],
)
def test_time_limits(stated: str, seconds: int | None) -> None:
    assert amounts_of({"time": stated}).seconds == seconds


FOLDERS = """\
#SBATCH --gres=gpu:1 --ntasks=8
cd ../work
apptainer exec --nv -B data:/data docker://a/b:1 fit --here "$(pwd)"
"""


def test_folders_are_folders_and_tasks_of_one_command_are_processors(tmp_path: Path) -> None:
    file = tmp_path / "job.sh"
    file.write_text(FOLDERS)
    (job,) = read_specs([str(file)]).jobs
    assert job.run is not None
    assert [(one.kind, one.source.text, one.target.text) for one in job.run.mounts] == [
        ("bind", "$PWD/../work/data", "/data"),
        ("bind", "$PWD/../work", "$PWD/../work"),
    ]
    assert job.run.cpu_limit == 8000
    assert [one.text for one in job.run.entrypoint or ()] == ["fit", "--here", "$PWD/../work"]
    assert {item.sets for item in job.items if item.written == "--ntasks"} == {(("cpu_limit",),)}


def test_tasks_of_a_batch_script_and_what_it_exports(tmp_path: Path) -> None:
    file = tmp_path / "fit.sbatch"
    file.write_text(
        "#!/bin/bash\n#SBATCH -N 2\n#SBATCH -c 4\n#SBATCH --mem 0\n"
        "export APPTAINERENV_SLURM_NNODES=$SLURM_NNODES\nexport SLURM_X=1\n"
        "T=$SLURM_CPUS_PER_TASK\n"
        "srun -n2 --cpus-per-task=$T apptainer exec -C docker://a/b:1 fit\n"
    )
    (job,) = read_specs([str(file)]).jobs
    assert write(job, SITUATION).text == (
        "runai training mpi submit b --image a/b:1 --cpu-core-limit 4 --workers 2 -e SLURM_NNODES=2"
        " --slots-per-worker 1 --command -- mpirun -np 2 fit"
    )


def test_what_sbatch_wraps_has_its_flags() -> None:
    text = 'sbatch -J fit --gres=gpu:2 --wrap="srun --container-image=a/b:1 python fit.py"'
    found = read_specs([text])
    assert found.notes == ()
    (job,) = found.jobs
    assert write(job, SITUATION).text == (
        "runai training standard submit fit --image a/b:1 --gpu-devices-request 2 --command --"
        " python fit.py"
    )


def test_a_script_in_a_container_as_a_whole_is_given_its_arguments(tmp_path: Path) -> None:
    file = tmp_path / "fit.sbatch"
    file.write_text("#!/bin/bash\n#SBATCH --container-image=a/b:1\nfit $2 ${SLURM_X:-0}\n")
    (job,) = read_specs([str(file)]).jobs
    assert write(job, SITUATION).text.partition(" -- ")[2] == (
        "bash -c 'fit $2 ${SLURM_X:-0}' bash"
        ' "${1:?argument 1 of the script}" "${2:?argument 2 of the script}"'
    )


def test_devices_that_a_command_names_where_slurm_is_asked_for_none(tmp_path: Path) -> None:
    run = "srun --container-image a sh -c 'CUDA_VISIBLE_DEVICES=0,1 b'"
    (tmp_path / "go.sh").write_text(f"#!/bin/sh\n#SBATCH --exclusive\n{run}\n")
    (job,) = read_specs([str(tmp_path / "go.sh")]).jobs
    assert job.run is not None
    assert [(ask.count, ask.evidence) for ask in job.run.gpus] == [(2, "CUDA_VISIBLE_DEVICES=0,1")]


@pytest.mark.parametrize(
    ("option", "kind"),
    [
        ("--gres=gpu:v100:1", "v100"),
        ("--gres=gpu:3g.71gb:1,nvme:1", "3g.71gb"),
        ("--gpus a100:4", "a100"),
        ("--gpus-per-node=2", ""),
        ("--gres=gpu:2", ""),
    ],
)
@pytest.mark.parametrize("target", ["runai-v1", "runai-v2", "kubernetes"])
def test_the_kind_of_gpu_is_told(target: Target, option: str, kind: str) -> None:
    (job,) = read_specs([f"srun {option} --container-image=a/b:1 fit"]).jobs
    made = write(job, Situation(target=target))
    told = [entry.item.value for entry in made.ledger if "GPUs of any kind" in entry.reason]
    assert told == ([kind] if kind else [])


BATCH = """#!/bin/bash
#PBS -l select=1:ncpus=4:ngpus=2
export SINGULARITY_BIND="/sets:/data:ro,$SCRATCH"
singularity instance start --nv pytorch.sif torch
singularity exec --bind $(pwd):$(pwd) instance://torch python fit.py
"""


def test_binds_of_a_variable_instances_and_the_folder_once(tmp_path: Path) -> None:
    (tmp_path / "job.pbs").write_text(BATCH)
    (job,) = read_specs([str(tmp_path / "job.pbs")]).jobs
    assert [(mount.source, mount.target, mount.read_only) for mount in job.mounts] == [
        ("$(pwd)", "$(pwd)", False),
        ("/sets", "/data", True),
        ("$SCRATCH", "$SCRATCH", False),
    ]
    assert job.run is not None
    assert job.run.image.text == "$IMAGE"
    assert [ask.count for ask in job.run.gpus] == [2]
    made = write(job, Situation(target="runai-v2"))
    assert [
        text.endswith("runai cannot say read-only") for text in made.missing if "/sets" in text
    ] == [True]


def test_flags_that_only_the_shell_knows_stand_before_the_image(tmp_path: Path) -> None:
    script = tmp_path / "a.sh"
    script.write_text(
        'for d in $DIRS; do BINDS_ARGS+=(--bind "$d"); done\n'
        'apptainer exec --nv "${BINDS_ARGS[@]}" docker://a/b:1 fit\n'
    )
    (job,) = read_specs([str(script)]).jobs
    assert job.run is not None
    assert job.run.image.text == "a/b:1"
    assert [item.value for item in job.items if ("unknown_options",) in item.sets] == [
        "${BINDS_ARGS[@]}"
    ]


def test_machines_that_the_head_counts_for_a_launcher(tmp_path: Path) -> None:
    script = tmp_path / "a.sh"
    script.write_text(
        "#SBATCH -N 3\n#SBATCH --ntasks-per-node=1\n#SBATCH -t 1:00:00\n"
        "srun --container-image=a/b:1 bash -c 'torchrun --nnodes=$SLURM_NNODES fit.py'\n"
    )
    (job,) = read_specs([str(script)]).jobs
    run = job.run
    assert run is not None
    assert (run.distributed, run.workers) == ("pytorch", 2)
    assert [item.sets for item in job.items if item.name == "--nodes"] == [(("workers",),)]
    assert [item.sets for item in job.items if item.name == "--ntasks-per-node"] == [()]


def test_a_script_in_a_container_as_a_whole_runs_on_its_first_machine(tmp_path: Path) -> None:
    script = tmp_path / "a.sh"
    script.write_text(
        "#SBATCH -N 4\n#SBATCH --ntasks-per-node=8\n#SBATCH --gpus=32\n"
        "#SBATCH --container-image=a/b:1\npython fit.py\n"
    )
    (job,) = read_specs([str(script)]).jobs
    run = job.run
    assert run is not None
    assert (run.distributed, [ask.count for ask in run.gpus]) == ("", [8])
    assert [item.sets for item in job.items if item.name == "--nodes"] == [
        (("hpc_first_machine",),)
    ]
