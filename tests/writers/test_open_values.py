"""Values that only the user has, where a reader asks for them itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.jobs.translation import ClaimMapping, Situation, Target
from advisor.readers.result import ReadOptions
from advisor.readers.specs import read_specs
from advisor.writers import write
from tests.writers.read_back import TARGETS

_SRUN = "srun --gpus=2 --container-image=/images/a.sqsh python train.py"
_RAY = "docker run --gpus 1 img ray start --address=10.0.0.1:6379"
_OPEN = {
    _SRUN: "give --set IMAGE=VALUE, an image in a registry with what is in /images/a.sqsh",
    _RAY: "give --set RAY_HEAD=VALUE, the address of the head, HOST:PORT",
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("text", _OPEN)
def test_what_a_reader_asks_for_is_missing(text: str, target: Target) -> None:
    (job,) = read_specs([text]).jobs
    translation = write(job, Situation(target=target))
    assert len(translation.missing) == 1
    assert _OPEN[text] in translation.missing[0]
    assert [entry.fate for entry in translation.ledger].count("unresolved") == 1
    given = {"IMAGE": "registry.example/a:1", "RAY_HEAD": "10.0.0.1:6379"}
    assert write(job, Situation(target=target, values=given)).missing == ()


@pytest.mark.parametrize("target", ["runai-v1", "runai-v2"])
def test_variables_of_which_only_the_holder_is_known_stop_the_command(target: Target) -> None:
    (job,) = read_specs(["docker run --env-file gone.env r.example/a:1"]).jobs
    made = write(job, Situation(target=target))
    asked = "${VARIABLES_GONE_ENV?-e NAME=VALUE for each variable of gone.env, or nothing}"
    assert made.text.endswith(f" {asked}")
    assert len(made.missing) == 1
    for value in ("-e A=1 -e B=2", ""):
        given = write(job, Situation(target=target, values={"VARIABLES_GONE_ENV": value}))
        assert given.missing == ()
        assert given.text == made.text.replace(f" {asked}", f" {value}" if value else "")


def test_an_array_is_asked_for_with_all_its_words(tmp_path: Path) -> None:
    file = tmp_path / "run.sh"
    file.write_text('docker run r.example/a:1 fit "${WORDS[@]}"\n')
    (job,) = read_specs([str(file)]).jobs
    made = write(job, Situation(target="runai-v2"))
    assert made.text.strip().endswith('-- fit "${WORDS[@]:?the words of WORDS}"')
    assert "give --set WORDS=VALUE, the words of WORDS" in made.missing[0]
    (given,) = read_specs([str(file)], ReadOptions(environment={"WORDS": "--lr '1 2'"})).jobs
    assert write(given, Situation(target="runai-v2")).text.strip().endswith("-- fit --lr '1 2'")


@pytest.mark.parametrize(
    ("written", "name", "setting"),
    [
        ("$GPU_OPTS", "RUNAI_FLAGS_OF_GPU_OPTS", "GPU_OPTS"),
        ('"${EXTRA_ARGS[@]}"', "RUNAI_FLAGS_OF_EXTRA_ARGS", "EXTRA_ARGS"),
        ("$@", "RUNAI_FLAGS_OF_ARGUMENTS", "1"),
    ],
)
def test_flags_that_only_the_shell_knows_are_called_after_what_holds_them(
    tmp_path: Path, written: str, name: str, setting: str
) -> None:
    file = tmp_path / "run.sh"
    file.write_text(f"docker run {written} r.example/a:1\n")
    (job,) = read_specs([str(file)]).jobs
    made = write(job, Situation(target="runai-v2"))
    assert f"${{{name}?what " in made.text
    assert f"--set {setting}=VALUE" in made.missing[0]


@pytest.mark.parametrize("target", TARGETS)
def test_the_display_of_the_machine_is_left_out(target: Target) -> None:
    flags = '-e DISPLAY -e XAUTHORITY="$XAUTHORITY" -e WAYLAND_DISPLAY=$W'
    (job,) = read_specs([f"docker run {flags} r.example/a:1"]).jobs
    made = write(job, Situation(target=target))
    assert made.missing == ()
    assert not any(name in made.text for name in ("DISPLAY", "XAUTHORITY"))
    assert [entry.reason for entry in made.ledger if entry.fate == "no-equivalent"] == [
        "left out: a node has no display"
    ] * 3
    (own,) = read_specs(["docker run -e DISPLAY=:99 r.example/a:1"]).jobs
    assert ":99" in write(own, Situation(target=target)).text


def test_a_file_that_compose_can_do_without_is_not_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    service = "{image: r.example/a:1, env_file: [{path: gone.env, required: false}]}"
    file.write_text(f"services: {{a: {service}}}\n")
    (job,) = read_specs([str(file)]).jobs
    assert write(job, Situation(target="runai-v2")).missing == ()


def test_what_the_source_itself_asks_for_is_typed_as_it_is() -> None:
    (job,) = read_specs(['docker run img ls "${DATA:?where it is}"']).jobs
    assert write(job, Situation(target="runai-v1")).missing == ()


def test_what_only_the_script_knows_fails_loudly_in_a_variable_too(tmp_path: Path) -> None:
    script = tmp_path / "go.sh"
    script.write_text("W=$(mktemp -d)\ndocker run -e W=$W -e D=$DISPLAY img\n")
    (job,) = read_specs([str(script)]).jobs
    assert write(job, Situation(target="runai-v2")).text.partition(" -e ")[2] == (
        'W="${W:?the value of W}" -e D=$DISPLAY'
    )


def test_a_command_on_what_only_the_script_knows_is_asked_for(tmp_path: Path) -> None:
    script = tmp_path / "go.sh"
    script.write_text("N=4\nF=$(mktemp)\ndocker run img fit $(head -n $N $F)\n")
    (job,) = read_specs([str(script)]).jobs
    made = write(job, Situation(target="runai-v2"))
    assert made.text.partition(" -- fit ")[2] == (
        '"${HEAD_N_4_F:?what \\$(head -n 4 \\$F) gives in the script}"'
    )
    (given,) = read_specs([str(script)], ReadOptions(environment={"HEAD_N_4_F": "8"})).jobs
    assert write(given, Situation(target="runai-v2")).text.endswith(" -- fit 8")


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("$1", '"${1:?argument 1 of the script}"'),
        ("x$X", 'x"${X:?the value of X}"'),
        ("$X", "${X?the value of X or nothing}"),
        ('"$X"', '"${X:?the value of X}"'),
        ("$HOME", "$HOME"),
        ("${X:-a}", "a"),
        ('"$@"', '"$@"'),
    ],
)
def test_a_word_stops_whoever_pastes_it_without_its_variable(written: str, word: str) -> None:
    (job,) = read_specs([f"docker run img fit {written}"]).jobs
    text = write(job, Situation(target="runai-v2")).text
    assert text.partition(" -- fit ")[2] == word


def test_a_file_of_data_is_no_folder_to_run_ai() -> None:
    (job,) = read_specs(["docker run -v /raid/m.ckpt:/m.ckpt img"]).jobs
    entries = write(job, Situation(target="runai-v2")).ledger
    (reason,) = [one.reason for one in entries if one.fate == "unresolved"]
    assert reason == (
        "runai mounts whole folders and no single file; put the file into the image, or take a"
        " manifest (--to kubernetes), which can; where the image has it, give --set FILE_M_CKPT="
    )


def test_a_file_of_data_is_a_file_of_the_claim_in_a_manifest() -> None:
    (job,) = read_specs(["docker run -v /raid/m.ckpt:/m.ckpt img"]).jobs
    made = write(job, Situation(target="kubernetes"))
    (pod,) = [document["spec"]["template"]["spec"] for document in made.documents]  # type: ignore[index,call-overload]
    assert pod["containers"][0]["volumeMounts"] == [
        {"name": "m-ckpt", "mountPath": "/m.ckpt", "subPath": "m.ckpt"}
    ]


def test_what_no_loop_sets_stops_the_command(tmp_path: Path) -> None:
    file = tmp_path / "go.sh"
    file.write_text("for s in 1 2; do docker run img fit $s $SLURM_JOB_ID; done\n")
    (job,) = read_specs([str(file)]).jobs
    assert write(job, Situation(target="runai-v2")).text.endswith(
        " -- fit $s ${SLURM_JOB_ID?the value of SLURM_JOB_ID or nothing}"
    )


def test_what_a_script_of_runai_is_given_stops_the_command(tmp_path: Path) -> None:
    file = tmp_path / "go.sh"
    file.write_text(
        "here=$(pick)\nrunai submit a -i $TAG/b:1 -g 1 --run-as-uid $1 -e H=$here"
        " -v /d:/d -- fit $here\n"
    )
    (job,) = read_specs([str(file)]).jobs
    claims = (ClaimMapping(claim="d", path="/d"),)
    made = write(job, Situation(target="runai-v2", claims=claims))
    assert made.text == (
        "runai training standard submit a --image $TAG/b:1 --gpu-devices-request 1"
        ' -e H="${here:?the value of here}" --run-as-uid "${1:?argument 1 of the script}"'
        " --existing-pvc claimname=d,path=/d -- fit ${here?the value of here or nothing}"
    )
    assert made.missing[-2:] == (
        "give --set 1=VALUE, argument 1 of the script; the numeric user and group",
        "give --set here=VALUE, the value of here or nothing",
    )
    assert not any("CLAIM" in what for what in write(job, Situation(target="runai-v2")).missing)


@pytest.mark.parametrize(
    ("image", "name", "written"),
    [
        (
            "lab/x:$(git describe)",
            "x",
            'lab/x:"${GIT_DESCRIBE:?what \\$(git describe) gives in the script}"',
        ),
        ("lab/x-$(uname -m):1", "x", "SET_ME_REGISTRY/SET_ME_NAME"),
        ("$(docker build -q .)", "job", "SET_ME_REGISTRY/SET_ME_NAME"),
        ("$USER/nerf:v1", "nerf", "$USER/nerf:v1"),
        ("$IMG", "job", '"${IMG:?the value of IMG}"'),
    ],
)
def test_an_image_that_the_shell_completes(image: str, name: str, written: str) -> None:
    (job,) = read_specs([f"docker run {image} fit"]).jobs
    text = write(job, Situation(target="runai-v2")).text
    assert text == f"runai training standard submit {name} --image {written} -- fit"
