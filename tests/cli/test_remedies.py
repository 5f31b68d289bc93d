"""What a message says to give is accepted when it is given, and the message is gone then."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from advisor import api
from advisor.cli.jobs import decided
from advisor.errors import InputError
from advisor.jobs.ledger import Entry
from advisor.jobs.translation import Target
from tests.cli.conftest import Advisor

pytestmark = pytest.mark.slow

_REMEDY = re.compile(r"--(?:set|data-claim|nfs|cwd) (?:'[^']*'|[^\s;,]+)")
_SAMPLES = {"DIRECTORY": "/home/ada", "SERVER:/EXPORT": "filer:/vol", "CLAIM=": "sets="}
COMMANDS = {
    **dict.fromkeys(("docker run --memory=$V img", "docker run --shm-size=$V img"), "8g"),
    **dict.fromkeys((f"docker run --{flag}=$V img" for flag in ("init", "rm", "tty")), "true"),
    **dict.fromkeys(("docker run --cpus=$V img", "docker run --gpus $N img"), "3"),
    **dict.fromkeys(("docker run --restart=on-failure:$V img", "docker run img $1"), "3"),
    **dict.fromkeys(("docker run -v name:/d img", "docker run -v /raid/x:/d img"), ""),
    "docker run -v $DIR:/d img": "/raid/x",
    "docker run --read-only=$V img": "true",
    "docker run --gpus '\"device=$D\"' img": "1",
    "docker run --userns=$V img": "host",
    "docker run --pull=$V img": "always",
    "docker run -e $V img": "A",
    "docker run -e A=$B img": "b",
    "docker run --device $D img": "/dev/nvidia0",
    "docker run -p 80:$P img": "80",
    "docker run -w $(pwd) img": "/home/ada",
}
"""By command, what its variable can hold."""


def unresolved(command: str, target: Target, *given: str) -> list[Entry]:
    """What waits for a value when the options are given as on the command line."""
    options = _parsed(("translate", command, *given))
    report = api.translate([command], target, given=decided(options))
    assert report.problems == ()
    ledgers = [job.translation.ledger for job in report.jobs]
    return [entry for ledger in ledgers for entry in ledger if entry.fate == "unresolved"]


def _parsed(arguments: tuple[str, ...]) -> dict[str, object]:
    from advisor.cli.translate import command

    return command.make_context("translate", list(arguments[1:])).params


@pytest.mark.parametrize("target", ["runai-v2", "kubernetes"])
@pytest.mark.parametrize("command", COMMANDS)
def test_each_remedy_works_as_it_is_printed(command: str, target: Target) -> None:
    for entry in unresolved(command, target):
        for remedy in _REMEDY.findall(entry.reason):
            samples = {**_SAMPLES, "=VALUE": f"={COMMANDS[command]}"}
            for placeholder, sample in samples.items():
                remedy = remedy.replace(placeholder, sample)
            left = unresolved(command, target, *shlex.split(remedy))
            assert (entry.item.name, entry.reason) not in [
                (one.item.name, one.reason) for one in left
            ], remedy


FILES = {
    "words.sh": "docker run -w $DIR --name $NAMED $IMG python $1 --lr $LR\n",
    "unknown.sh": "X=$(date)\ndocker run img --name $X $X\n",
    "options.sh": "docker run $GPU_FLAGS img fit\n",
    "required.sh": 'I=${1:-}\nif [ -z "$I" ]; then exit; fi\ndocker run $I\n',
    "branch.sh": "if yes; then G=1; else G=2; fi\ndocker run --gpus $G img fit\n",
    "sourced.sh": "source else.sh\ndocker run --gpus $G -v $DATA:/d $IMG fit\n",
    "filled.sh": "kubectl apply -f - <<EOF\napiVersion: v1\nkind: Pod\n"
    "metadata: {name: $N}\nspec:\n  containers: [{name: a, image: lab/a:1}]\nEOF\n",
    "Makefile": "run:\n\tdocker run --gpus $(N) -v $(DATA):/d $(IMG) fit $(ARGS) $(call f,x)\n",
    "ci.yml": "jobs:\n  a:\n    container: {image: '${{ inputs.image }}', options: --gpus 1}\n"
    "    steps:\n    - run: fit\n",
    "array.sh": "#SBATCH --array=1-3\nsrun --container-image a/b:1 fit $SLURM_ARRAY_TASK_ID\n",
    "file.sh": "apptainer exec --nv /sw/fit.sif fit --out $OUT\n",
    "nodes.sh": "srun -N $N --container-image a/b:1 fit\n",
    "pbs.sh": "#PBS -l select=1:ngpus=2\nsingularity exec --nv $SIF fit\n",
    "torch.sh": "docker run img torchrun --nnodes $N --node_rank $R --master_addr $A fit.py\n",
    "ids.sh": "docker run --gpus '\"device=$D\"' -e A=$B img fit\n",
}
"""By file, scripts of which something is only known to a shell, to make or to a batch system."""

_GIVEN = re.compile(r"--set (?P<name>[A-Za-z_@]\w*|[1-9]\d*)=(?:VALUE|NUMBER)")
_VALUES = {
    "DIR": "/w",
    "PWD": "/w",
    "DATA": "/raid/d",
    "G": "2",
    "GPU_COUNT": "2",
    "N": "2",
    "WORKERS": "2",
    "D": "0,1",
    "GPU_FLAGS": "--gpus 1",
}
_VALUES |= {"IMG": "lab/fit:1", "IMAGE": "lab/fit:1", "I": "lab/fit:1", "SIF": "docker://lab/fit:1"}


@pytest.mark.parametrize("target", ["runai-v1", "runai-v2", "kubernetes"])
@pytest.mark.parametrize("name", FILES)
def test_each_name_that_a_message_gives_can_be_set(
    name: str, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(FILES[name])
    told = _told(name, target)
    found = {one["name"]: text for text in told for one in _GIVEN.finditer(text)}
    if name != "ids.sh" or target == "kubernetes":
        assert found or not told
    for variable in found:
        if variable == "NAME":
            continue
        given = f"{variable}={_VALUES.get(variable, 'fit')}"
        left = _told(name, target, "--set", given)
        still = [text for text in left if f"--set {variable}=" in text]
        assert still == [], given


def _told(name: str, target: Target, *given: str) -> list[str]:
    """What is unresolved, still missing or noted of a file."""
    options = _parsed(("translate", name, *given))
    report = api.translate([name], target, given=decided(options))
    assert report.problems == ()
    entries = [one for job in report.jobs for one in job.translation.ledger]
    reasons = [one.reason for one in entries if one.fate == "unresolved"]
    missing = [one for job in report.jobs for one in job.translation.missing]
    return [*reasons, *missing, *report.notes]


@pytest.mark.parametrize("given", ["A", "2x=1", "A B=1", "=1", "A-B=1"])
def test_what_no_shell_could_hold_is_refused_in_one_line(given: str) -> None:
    with pytest.raises(InputError, match="is not NAME=VALUE"):
        decided(_parsed(("translate", "docker run img", "--set", given)))


DECLARED = {
    "compose.yaml": "services:\n  fit:\n    build: .\n"
    "    volumes: ['./d:/d', 'kept:/k', '$DATA:/x']\n"
    "    command: fit $$ARGS $LR\nvolumes: {kept: {}}\n",
    "job.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec:\n"
    "  template:\n    spec:\n      restartPolicy: Never\n      containers:\n"
    "      - {name: a, image: $IMG, args: ['$LR'], volumeMounts: [{name: d, mountPath: /d}]}\n"
    "      volumes: [{name: d, hostPath: {path: /raid/d}}]\n",
    "served.yaml": "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\n"
    "metadata: {name: m}\nspec: {predictor: {model: {modelFormat: {name: onnx}}}}\n",
    "ray.yaml": "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: r}\nspec:\n"
    "  headGroupSpec: {template: {spec: {containers: [{name: h, image: r:1}]}}}\n"
    "  workerGroupSpecs:\n  - groupName: w\n"
    "    template: {spec: {containers: [{name: w, image: r:1}]}}\n",
    "submit.sh": "runai submit fit -i $IMG -g $N -v /raid/d:/d --pvc $STORE:/c -- fit $LR\n",
    "README.md": "```bash\n#SBATCH --gpus=2\nexport OUT=$(pwd)/o\n"
    "apptainer exec --nv -B /sets fit.sif fit\n```\n",
    "file.sh": "docker run -v /raid/words.txt:/w.txt -v /raid/x.pt:/x.pt lab/fit:1\n",
}
"""By file, jobs that are written down as objects, or that Run:ai has already."""
_OPTION = re.compile(r"--(?:set|data-claim|nfs|cwd|registry) (?:'[^']*'|[^\s;,]+)")


@pytest.mark.parametrize("target", ["runai-v1", "runai-v2", "kubernetes"])
@pytest.mark.parametrize("name", DECLARED)
def test_each_option_that_a_message_gives_is_taken_and_ends_it(
    advisor: Advisor, folder: Path, name: str, target: Target
) -> None:
    (folder / name).write_text(DECLARED[name])

    def told(*given: str) -> list[str]:
        ended = advisor("translate", name, "--to", target, *given)
        assert ended.code in (0, 1), ended.err
        return [line for line in ended.err.splitlines() if _OPTION.search(line)]

    for line in told():
        for remedy in _OPTION.findall(line):
            sample = "lab/fit:1" if "IM" in remedy else "2"
            made = re.sub(r"=(?:VALUE|NUMBER)\b", f"={sample}", remedy)
            made = made.replace("DIRECTORY", "/home/ada")
            for placeholder, sample in {**_SAMPLES, "HOST/PATH": "lab.example/x"}.items():
                made = made.replace(placeholder, sample)
            assert line not in told(*shlex.split(made)), made
