"""Files, folders, standard input and commands, read into jobs."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.jobs.word import word
from advisor.readers.result import Input, ReadOptions
from advisor.readers.specs import find_inputs, read_specs

POD = """apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, image: x}]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    """Make files below the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def jobs(*specs: str) -> list[str]:
    """Image and place of each job."""
    found = []
    for job in read_specs(specs).jobs:
        image = job.run.image.text if job.run else ""
        at = f" {job.place.file}:{job.place.line}:{job.place.column}" if job.place else ""
        found.append(f"{image}{at}")
    return found


def problems(*specs: str) -> list[str]:
    """The lines of the problems."""
    return [str(problem) for problem in read_specs(specs).problems]


def test_every_kind_of_file(folder: Path) -> None:
    write(
        folder,
        {
            ".devcontainer/devcontainer.json": '{"image": "a"}',
            ".github/workflows/ci.yml": "jobs: {a: {steps: [{run: docker run b}]}}",
            ".gitlab-ci.yml": "x:\n  script:\n    - docker run c\n",
            "Dockerfile": "# docker run no\nFROM x\n",
            "Makefile": "run:\n\tdocker run d\n",
            "README.md": "```\n$ docker run e\n```\n",
            "a.py": 'os.system("docker run l")\n',
            "deploy/pod.yaml": POD,
            "job.sbatch": "#!/bin/sh\ndocker run f\n",
            "nameless": "#!/usr/bin/env bash\ndocker run g\n",
            "notes.txt": "docker run no\n",
            "other.yaml": "a: 1\n",
            "run.bat": "docker run ^\r\n h\r\n",
            "run.ps1": "docker run `\n i\n",
            "run.sh": "docker run j\nrunai submit x -i k -g 1\n",
        },
    )
    result = read_specs(["."])
    assert jobs(".") == [
        "a .devcontainer/devcontainer.json:1:2",
        "b .github/workflows/ci.yml:1:26",
        "c .gitlab-ci.yml:3:7",
        "d Makefile:2:2",
        "e README.md:2:3",
        "l a.py:1:1",
        "x",
        "f job.sbatch:2:1",
        "g nameless:2:1",
        "h run.bat:1:1",
        "i run.ps1:1:1",
        "j run.sh:1:1",
        "k run.sh:2:1",
    ]
    assert (result.problems, result.notes) == ((), ())


def test_files_that_the_user_excludes(folder: Path) -> None:
    run = "docker run x\n"
    write(folder, {"a.sh": run, "old/b.sh": run, "sub/old/c.sh": run, ".gitignore": "!old/\n"})
    found = [source for source in find_inputs(["."], ("old/",)) if isinstance(source, Input)]
    assert [source.file for source in found] == [".gitignore", "a.sh"]
    assert len(find_inputs(["."], ("*.sh",))) == 1
    assert len(find_inputs(["a.sh"], ("*.sh",))) == 1  # what is named itself is read
    with pytest.raises(InputError, match="--exclude: '!' is no pattern"):
        find_inputs(["."], ("!",))


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "a.json"])
def test_a_named_file_of_yaml_that_is_none(folder: Path, name: str) -> None:
    write(folder, {name: "a: [1"})
    assert problems(name) == [
        f"{name}:2:1: not YAML: while parsing a flow sequence, expected ',' or ']'"
    ]
    assert problems(".") == []


def test_a_program_that_is_called_a_script(folder: Path) -> None:
    write(folder, {"a.sh": b"\x7fELF\x02\x01\xe9\n"})
    assert problems("a.sh") == ["a.sh: not a text file (name a script or manifest)"]
    assert read_specs(["."]).notes == ("a.sh: not a text file, so it is not read",)


def test_ignored_files_are_skipped(folder: Path) -> None:
    run = "docker run x\n"
    write(
        folder,
        {
            ".git/info/exclude": "excluded/\n",
            ".gitignore": "*.log.sh\n/top.sh\n!\n",
            "a.log.sh": run,
            "excluded/x.sh": run,
            "node_modules/x.sh": run,
            "sub/.gitignore": "!kept.log.sh\nother.sh\n",
            "sub/kept.log.sh": run,
            "sub/other.sh": run,
            "sub/top.sh": run,
            "top.sh": run,
            "venv/x.sh": run,
        },
    )
    assert jobs(".") == ["x sub/kept.log.sh:1:1", "x sub/top.sh:1:1"]
    assert jobs("sub") == ["x sub/kept.log.sh:1:1", "x sub/top.sh:1:1"]
    assert jobs("a.log.sh") == ["x a.log.sh:1:1"]


def test_links(folder: Path) -> None:
    write(folder, {"a/x.sh": "docker run x\n"})
    (folder / "a" / "up").symlink_to("..")
    (folder / "a" / "y.sh").symlink_to("x.sh")
    (folder / "a" / "z.sh").symlink_to("z.sh")
    assert jobs("a") == ["x a/x.sh:1:1", "x a/y.sh:1:1"]
    assert problems("a") == []


def test_links_that_lead_nowhere_or_out_are_told_and_the_rest_goes_on(folder: Path) -> None:
    write(folder, {"a/x.sh": "docker run x\n", "out.sh": "docker run secret\n"})
    (folder / "a" / "gone.sh").symlink_to("nothing.sh")
    (folder / "a" / "loop.sh").symlink_to("loop.sh")
    (folder / "a" / "out.sh").symlink_to("../out.sh")
    (folder / "a" / "passwd.sh").symlink_to("/etc/passwd")
    found = read_specs(["a"])
    assert jobs("a") == ["x a/x.sh:1:1"]
    assert (found.problems, found.notes) == (
        (),
        (
            "a/gone.sh: the link leads nowhere",
            "a/loop.sh: the link leads nowhere",
            "a/out.sh: the link leads out of the folder and is not followed",
            "a/passwd.sh: the link leads out of the folder and is not followed",
        ),
    )


def test_variables_and_patterns_behind_links_out_of_the_folder_are_not_read(folder: Path) -> None:
    write(
        folder,
        {
            "a/compose.yaml": "services: {s: {image: 'x:${TAG}', env_file: own.env}}\n",
            "a/run.sh": "docker run --env-file out.env x:1\n",
            "a/real.env": "B=inside\n",
            "secret": "TAG=outside\n*.sh\n",
        },
    )
    for name in (".env", "out.env", ".gitignore"):
        (folder / "a" / name).symlink_to("../secret")
    (folder / "a" / "own.env").symlink_to("real.env")
    found = read_specs(["a/compose.yaml", "a/run.sh"])
    runs = [job.run for job in found.jobs if job.run is not None]
    assert [run.image.text for run in runs] == ["x:${TAG}", "x:1"]
    assert [[(one.name, one.file) for one in run.environment] for run in runs] == [
        [("B", "own.env")],
        [],
    ]
    assert [file.text for file in runs[1].environment_files] == ["out.env"]
    assert len(jobs("a")) == 2


def test_pipes_are_not_opened_and_told_where_their_name_is_that_of_jobs(folder: Path) -> None:
    for name in ("x.sh", "compose.yaml", "ipc.sock"):
        os.mkfifo(folder / name)
    told = "is a pipe, a socket or a device, and is not read (copy it to a file)"
    assert (jobs("."), problems(".")) == ([], [f"compose.yaml: {told}", f"x.sh: {told}"])


def test_a_secret_of_one_place_is_withheld_in_every_other(folder: Path) -> None:
    write(
        folder,
        {
            "Makefile": "PWX := Zq7canary81\na:\n\tdocker run -e HF_TOKEN=$(PWX) x python $(PWX)\n",
            "b.sh": "docker run --env-file b.env x python Zq7canary82\n",
            "b.env": "HF_TOKEN=Zq7canary82\n",
        },
    )
    shown = str([(job.run and job.run.arguments, job.items) for job in read_specs(["."]).jobs])
    assert "python" in shown
    assert "Zq7canary" not in shown


def test_pipes_beside_a_file_are_not_waited_for(folder: Path) -> None:
    compose = "services: {a: {image: x, env_file: a.env}}\n"
    write(folder, {"c/compose.yaml": compose, "d/compose.yaml": compose, "e/x.sh": "docker run x"})
    for name in (".gitignore", "c/.env", "c/a.env", "d/compose.override.yaml", "e/.gitignore", "p"):
        os.mkfifo(folder / name)
    (folder / "e" / "y.sh").symlink_to("../p")
    assert jobs(".") == ["x c/compose.yaml:1:12", "x e/x.sh:1:1"]
    assert problems(".") == ["d/compose.override.yaml: not a text file (name another one)"]


def test_a_pipe_that_is_named_is_read_where_something_writes_to_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.files._PATIENCE_MILLISECONDS", 100)
    os.mkfifo(folder / "p.sh")
    assert problems("p.sh") == ["p.sh: a pipe that nobody writes to (name a file)"]
    writer = threading.Thread(target=(folder / "p.sh").write_text, args=("docker run x\n",))
    writer.start()
    monkeypatch.setattr("advisor.files._PATIENCE_MILLISECONDS", 20_000)
    assert jobs("p.sh") == ["x p.sh:1:1"]
    writer.join()


def test_deep_json_is_told_whatever_is_in_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        folder, {"a.json": "[" * 5000, "b/c.json": '{"a":' * 300 + "1" + "}" * 300, "d.json": "{}"}
    )
    deep = "nested more than 250 levels deep"
    assert problems("b") == [f"b/c.json:1:1251: {deep}"]
    assert problems(".") == [f"a.json:1:251: {deep}", f"b/c.json:1:1251: {deep}"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"[" * 5000)))
    assert problems("-") == [f"standard input:1:251: {deep}"]


def test_patterns_that_would_take_for_ever_are_passed_over(folder: Path) -> None:
    patterns = "*a" * 20 + "b\n" + "**/" * 2000 + "z.sh\n" + "*" * 3000 + "a\n" + "[[a]\n[z-a]\n"
    name = "a" * 200 + ".sh"
    write(
        folder,
        {".git/HEAD": "", ".gitignore": patterns, name: "docker run x", "b/z.sh": "docker run y"},
    )
    assert jobs(".") == [f"x {name}:1:1"]


def test_names_that_are_no_text(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff.sh")).write_text("docker run x\ndocker run --gpus\n")
    assert jobs(".") == ["x \\udcff.sh:1:1"]
    assert problems(".", os.fsdecode(b"\xfe")) == [
        "\\udcff.sh:2:12: flag needs an argument: --gpus (give --gpus a value)",
        "\\udcfe: there is no such file or folder, and it is no command"
        " (name a file or a folder, or quote a whole docker run or runai submit command)",
    ]


def test_encodings(folder: Path) -> None:
    text = "docker run -e A=é x\r\n"
    write(
        folder,
        {
            "a.sh": b"\xef\xbb\xbf" + text.encode(),
            "b.sh": b"\xff\xfe" + text.encode("utf-16-le"),
            "c.sh": text.encode("latin-1"),
        },
    )
    result = read_specs(["."])
    values = [job.run.environment[0].value.text for job in result.jobs]  # type: ignore[union-attr]
    assert values == ["é", "é", "é"]
    assert result.notes == ("c.sh:1:17: not UTF-8, read as Latin-1",)


def test_binary_files(folder: Path) -> None:
    write(folder, {"a.sh": b"docker run x\0", "b.sh": b"docker run x\n"})
    assert problems(".") == []
    assert problems("a.sh") == ["a.sh: not a text file (name a script or manifest)"]
    assert jobs("a.sh", "b.sh") == ["x b.sh:1:1"]


def test_large_files(folder: Path) -> None:
    write(folder, {"a.sh": "docker run x\n" * 10, "b.sh": "docker run x\n"})
    result = read_specs(["."], ReadOptions(most_bytes=100))
    assert [str(problem) for problem in result.problems] == ["a.sh: holds more than 100 bytes"]
    assert [job.place.file for job in result.jobs if job.place] == ["b.sh"]


def test_bad_commands_leave_the_others(folder: Path) -> None:
    write(
        folder,
        {
            "a.sh": "docker run x\ndocker run --nosuch y\nit's\ndocker run z\n",
            "b.yaml": "apiVersion: v1\nkind: Pod\nspec: [\n",
            "c.sh": "docker run 'open\n",
        },
    )
    assert jobs(".") == ["x a.sh:1:1", "z a.sh:4:1"]
    assert problems(".") == [
        "a.sh:2:12: unknown flag: --nosuch, did you mean '--dns'?",
        problems("b.yaml")[0],
        "c.sh:1:12: unterminated single quote (close it)",
    ]


def test_env_files_beside_a_script(folder: Path) -> None:
    write(
        folder,
        {
            "sub/run.sh": "docker run --env-file my.env x\n"
            "docker run --env-file gone.env x\n"
            "export A=1\ndocker run -e A x\nB=2 docker run -e B x",
            "sub/my.env": "C=3\n",
        },
    )
    found = [
        [(one.name, one.value.text if one.value else None) for one in job.run.environment]
        for job in read_specs(["sub"]).jobs
        if job.run
    ]
    assert found == [[("C", "3")], [], [("A", "1")], [("B", "2")]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("docker run x", ["x command line:1:1"]),
        ("$ docker run x", ["x command line:1:3"]),
        ("# docker run x", ["x command line:1:3"]),
        ("sudo docker run \\\n  x", ["x command line:1:1"]),
        ("A=1 docker run x; runai submit a -i y", ["x command line:1:1", "y command line:1:19"]),
        ("docker run -v %CD%:/x ^\n y", ["y command line:1:1"]),
    ],
)
def test_commands(text: str, expected: list[str]) -> None:
    assert jobs(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("docker run 'x", "command line:1:12: unterminated single quote (close it)"),
        (
            "nothing.sh",
            "nothing.sh: there is no such file or folder, and it is no command (name a file or a"
            " folder, or quote a whole docker run or runai submit command)",
        ),
        (
            "a\0b",
            "a\\x00b: there is no such file or folder, and it is no command (name a file or a"
            " folder, or quote a whole docker run or runai submit command)",
        ),
    ],
)
def test_what_is_no_input(text: str, message: str) -> None:
    assert problems(text) == [message]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("docker run x\n", ["x standard input:1:1"]),
        ("#!/bin/sh\ndocker run x\n", ["x standard input:2:1"]),
        ("$ docker run x\nout\n", ["x standard input:1:3"]),
        (POD, ["x"]),
        ("# T\n```\ndocker run x\n```\n", ["x standard input:3:1"]),
    ],
)
def test_standard_input(text: str, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert jobs("-") == expected


def test_order_and_repeats(folder: Path) -> None:
    write(folder, {"a.sh": "docker run a", "b/c.sh": "docker run c", "b.sh": "docker run b"})
    assert jobs("b.sh", ".", "docker run d", "a.sh") == [
        "b b.sh:1:1",
        "a a.sh:1:1",
        "c b/c.sh:1:1",
        "d command line:1:1",
    ]


def test_repairs_are_said(folder: Path) -> None:
    write(folder, {"a.sh": "docker run -it \\ \n x\n"})
    result = read_specs(["a.sh"])
    assert result.notes == (
        "a.sh:1:1: blanks after the backslash at the end of a line were left out",
    )


def test_templates_are_marked(folder: Path) -> None:
    write(folder, {"a.sh": "for i in 1; do docker run x; done\n"})
    assert [job.template for job in read_specs(["a.sh"]).jobs] == ["in a for loop"]


def test_a_file_of_the_same_folder_is_sourced(tmp_path: Path) -> None:
    (tmp_path / "env.sh").write_text("IMAGE=lab/fit:2\nGPUS=2\n")
    script = tmp_path / "go.sh"
    script.write_text(
        'HERE=$(dirname "$0")\nsource $HERE/env.sh\ndocker run --gpus $GPUS $IMAGE fit\n'
        ". ../out.sh\ndocker run $IMAGE fit\n"
    )
    found = read_specs([str(script)])
    assert [job.images[0].reference for job in found.jobs] == ["lab/fit:2", "$IMAGE"]
    assert found.notes == (
        f"{script}: what ../out.sh sets is not known: it is not there, or outside of what is read;"
        " --set NAME=VALUE says what a variable holds",
    )


@pytest.mark.parametrize(
    "start",
    [
        'D="$( cd "$( dirname "${BASH_SOURCE[0]}" )" >/dev/null 2>&1 && pwd )"\n. "$D/../lib/c.sh"',
        "H=$(dirname $(readlink -f $0))\nR=$(realpath $H/..)\nsource $R/lib/c.sh",
        'cd "$(dirname "$0")/.."\nsource lib/c.sh',
        'cd "${0%/*}"\nsource ../lib/c.sh',
        "source ${BASH_SOURCE%/*}/../lib/c.sh",
    ],
)
def test_a_file_is_sourced_by_its_path_from_the_script(folder: Path, start: str) -> None:
    command = "docker run --name $(basename $0 .sh) -v $DATA:/d $IMAGE fit"
    sourced = "IMAGE=lab/fit:2\nDATA=/raid/a\n"
    write(folder, {"lib/c.sh": sourced, "b/go.sh": f"{start}\n{command}\n"})
    for given in ("b/go.sh", "."):
        (job,) = read_specs([given]).jobs
        assert job.run is not None
        assert (job.images[0].reference, job.mounts[0].source) == ("lab/fit:2", "/raid/a")
        assert job.run.name == word("go")
    outside = read_specs(["b"])
    assert [job.images[0].reference for job in outside.jobs] == ["$IMAGE"]
    assert outside.notes == (
        "b/go.sh: what ../lib/c.sh sets is not known: it is not there, or outside of what is read;"
        " --set NAME=VALUE says what a variable holds",
    )


def test_the_folder_of_a_script_has_one_name(folder: Path) -> None:
    text = 'D=$(cd $(dirname "$0") && pwd)\ndocker run -v $D/a:/a -v $(dirname $0)/../b:/b x:1\n'
    write(folder, {"go.sh": text})
    (job,) = read_specs(["go.sh"]).jobs
    assert [mount.source for mount in job.mounts] == ["$SCRIPT_DIR/a", "$SCRIPT_DIR/../b"]
    (given,) = read_specs(["go.sh"], ReadOptions(environment={"SCRIPT_DIR": "/s"})).jobs
    assert [mount.source for mount in given.mounts] == ["/s/a", "/s/../b"]
    (gone,) = read_specs(["go.sh"], ReadOptions(directory="/w")).jobs
    assert [mount.source for mount in gone.mounts] == ["/w/a", "/w/../b"]


def test_a_binary_file_that_should_be_a_script_is_told(tmp_path: Path) -> None:
    (tmp_path / "go.sh").write_bytes(b"\x00\x01\x02\xff")
    (tmp_path / "picture.bin").write_bytes(b"\x00\x01\x02\xff")
    found = read_specs([str(tmp_path)])
    assert (found.jobs, found.notes) == (
        (),
        (f"{tmp_path}/go.sh: not a text file, so it is not read",),
    )


def test_a_manifest_that_the_scripts_own_variables_fill_in(tmp_path: Path) -> None:
    script = tmp_path / "go.sh"
    script.write_text(
        "NAME=fit\nkubectl apply -f - <<EOF\napiVersion: v1\nkind: Pod\nmetadata: {name: $NAME}\n"
        "spec:\n  containers:\n  - name: a\n    image: lab/fit:${TAG:-1}\nEOF\n"
    )
    (job,) = read_specs([str(script)]).jobs
    assert job.images[0].reference == "lab/fit:1"


def test_a_merge_conflict_is_told(tmp_path: Path) -> None:
    script = tmp_path / "go.sh"
    script.write_text("docker run lab/fit:1\n<<<<<<< HEAD\necho a\n=======\necho b\n>>>>>>> x\n")
    found = read_specs([str(script)])
    told = f"{script}:2: a merge conflict is left in it: settle it first"
    assert (len(found.jobs), found.notes) == (1, (told,))


@pytest.mark.parametrize(
    ("name", "jobs"),
    [
        ("job.yaml", 1),
        ("job.yaml.tmpl", 1),
        ("job.yaml-template", 1),
        ("job.yml.j2", 1),
        ("job.txt.j2", 0),
        ("Chart.yaml", 0),
        ("values-gpu.yaml", 0),
    ],
)
def test_which_files_of_a_folder_may_be_manifests(tmp_path: Path, name: str, jobs: int) -> None:
    pod = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{image: i}]}}\n"
    (tmp_path / name).write_text(pod.replace("{apiV", "apiV", 0))
    found = read_specs([str(tmp_path)])
    assert (len(found.jobs), found.problems) == (jobs, ())


def test_what_is_no_object_in_a_folder_is_passed_over_and_a_template_is_told(folder: Path) -> None:
    template = "apiVersion: batch/v1\nkind: Job\nspec:\n{{- if .Values.a }}\n  x: 1\n{{- end }}\n"
    write(
        folder,
        {
            "other.json": '{"kind": "Report"}',
            "other.yaml": "kind: bar\nimage: foo\n",
            "templates/job.yaml": template,
            "run.sh": "docker run x",
            "broken.yaml": "kind: Pod\napiVersion: [v1\n",
        },
    )
    result = read_specs(["."])
    assert [job.label for job in result.jobs] == ["x"]
    assert [problem.where for problem in result.problems] == ["broken.yaml:3:1"]
    assert result.notes == (
        "templates/job.yaml: not read: have the template filled in first, as in helm template"
        " FOLDER | advisor check -",
    )
    named = read_specs(["other.json", "templates/job.yaml"])
    assert [problem.where for problem in named.problems] == [
        "other.json:1:1",
        "templates/job.yaml:4:3",
    ]


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose files name what is outside of it, by relative and by absolute paths."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "up.env").write_text("UP=plain")
    (tmp_path / "absolute.env").write_text("ABSOLUTE=plain")
    (tmp_path / "job.yaml").write_text("kind: Pod\nmetadata: {name: p}\nspec: {containers: []}\n")
    (tmp_path / "other.yaml").write_text("services: {q: {image: r.example/q:1}}\n")
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    (project / "in.env").write_text("IN=plain")
    files = f"[../../up.env, {tmp_path}/absolute.env, ../in.env]"
    (project / "sub/compose.yaml").write_text(
        f"services: {{a: {{image: r.example/a:1, env_file: {files}}}}}\n"
    )
    (project / "run.sh").write_text(
        f"docker run --env-file ../up.env --env-file in.env --env-file {tmp_path}/absolute.env"
        " r.example/b:1\nkubectl apply -f ../job.yaml\n"
    )
    return project


def test_a_folder_reads_nothing_outside_of_it(stranger: Path) -> None:
    result = read_specs(["project"])
    runs = {job.label: job.run for job in result.jobs if job.run}
    assert [[one.name for one in run.environment] for run in runs.values()] == [["IN"], ["IN"]]
    told = "lies outside of the folder and is not read"
    assert result.notes == (
        f"project/run.sh:2:1: job.yaml {told}",
        f"project/run.sh: ../up.env {told}",
        f"project/run.sh: {stranger.parent}/absolute.env {told}",
        f"project/sub/compose.yaml: ../../up.env {told}",
        f"project/sub/compose.yaml: {stranger.parent}/absolute.env {told}",
    )


@pytest.mark.parametrize("file", ["project/run.sh", "project/sub/compose.yaml"])
def test_a_file_of_ones_own_reads_what_is_beside_it(stranger: Path, file: str) -> None:
    result = read_specs([file])
    names = [one.name for one in result.jobs[0].run.environment] if result.jobs[0].run else []
    assert names == ["UP", "IN"]
    told = "lies outside of the folder and is not read"
    assert result.notes[-1] == f"{file}: {stranger.parent}/absolute.env {told}"


@pytest.mark.parametrize(
    ("spec", "named", "refused"),
    [
        ("project", "../other.yaml", True),
        ("project", "/etc/passwd", True),
        ("project/compose.yaml", "../other.yaml", False),
        ("project/compose.yaml", "/etc/passwd", True),
    ],
)
def test_an_include_that_leads_out(stranger: Path, spec: str, named: str, refused: bool) -> None:
    (stranger / "sub/compose.yaml").unlink()
    (stranger / "run.sh").unlink()
    (stranger / "compose.yaml").write_text(f"include: [{named}]\nservices: {{}}\n")
    result = read_specs([spec])
    told = "lies outside of the folder and is not read (put it into the folder)"
    line = f"project/compose.yaml: {named} {told}"
    assert [one.line() for one in result.problems] == ([line] if refused else [])
    assert [job.label for job in result.jobs] == ([] if refused else ["service q"])


def test_a_profile_that_no_service_has_is_told(folder: Path) -> None:
    text = "services: {a: {image: r.example/a:1}, b: {image: r.example/b:1, profiles: [gpu]}}\n"
    write(folder, {"compose.yaml": text})
    found = read_specs(["compose.yaml"], ReadOptions(profiles=("nope",)))
    assert [job.label for job in found.jobs] == ["service a"]
    assert found.notes == ("compose.yaml: no service has the profile nope",)
    both = read_specs(["compose.yaml"], ReadOptions(profiles=("gpu",)))
    assert ([job.label for job in both.jobs], both.notes) == (["service a", "service b"], ())


def test_a_number_of_gpus_that_the_script_exports(folder: Path) -> None:
    write(
        folder,
        {
            "a.pbs": "export CUDA_VISIBLE_DEVICES=0,1\n"
            "docker run --gpus all -e CUDA_VISIBLE_DEVICES x\n"
        },
    )
    (job,) = read_specs(["."]).jobs
    assert job.run is not None
    assert [ask.count for ask in job.run.gpus] == [2]


def test_a_function_that_runs_another_with_its_words(folder: Path) -> None:
    write(
        folder,
        {
            "a.sh": 'echoed() {\n  if [ "$DRY" = 1 ]; then echo "$*"; else "$@"; fi\n}\n'
            'go() {\n  docker run "$1" "$2"\n}\nechoed go x a\nechoed go y b\n'
        },
    )
    assert [
        (job.label, str(job.run and job.run.arguments[0])) for job in read_specs(["."]).jobs
    ] == [
        ("x", "a"),
        ("y", "b"),
    ]


def test_assignments_of_make_behind_a_tab(folder: Path) -> None:
    write(
        folder,
        {
            "Makefile": "ifdef A\n\tF := --gpus 2\nelse\n\tF := --gpus 1\nendif\n"
            "t:\n\tdocker run $(F) x\n"
        },
    )
    (job,) = read_specs(["."]).jobs
    assert job.run is not None
    assert [ask.count for ask in job.run.gpus] == [1]


def test_of_a_chart_and_of_kustomizations_what_makes_their_objects_is_told(folder: Path) -> None:
    job = POD.replace("{name: p}", "{name: NAME}")
    write(
        folder,
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: a\n",
            "chart/templates/job.yaml": job.replace("NAME", "{{ .Values.a }}"),
            "chart/templates/plain.yaml": job.replace("NAME", "plain"),
            "base/kustomization.yaml": "resources: [pod.yaml]\n",
            "base/pod.yaml": job.replace("NAME", "base"),
            "gpu/kustomization.yaml": "patches: [{path: p.yaml}, {patch: a}]\n",
            "gpu/p.yaml": POD.replace(", image: x", ""),
        },
    )
    result = read_specs(["."])
    assert [found.label for found in result.jobs] == ["Pod base", "Pod plain"]
    assert result.problems == ()
    made = "what Kustomize makes of its resources is not read: have it make them, as in kubectl"
    made += " kustomize"
    assert result.notes == (
        "chart/Chart.yaml: a Helm chart, whose templates are not read: have Helm fill them in: helm"
        " template chart | advisor check -",
        f"gpu/kustomization.yaml: {made} gpu | advisor check -",
    )
    named = read_specs(["gpu/kustomization.yaml"])
    assert named.notes == (f"gpu/kustomization.yaml: {made} gpu | advisor check -",)


@pytest.mark.slow
def test_a_job_that_is_nested_too_deep_is_told_beside_the_others(folder: Path) -> None:
    deep = "if true; then\n" * 1500 + "docker run b\n" + "fi\n" * 1500
    write(folder, {"a.sh": "docker run a\n" + deep})
    assert jobs("a.sh") == ["a a.sh:1:1"]
    (told,) = problems("a.sh")
    assert "nested more than 200 levels deep, and not read" in told
