"""Jobs that cannot be read are told, each with its place."""

from __future__ import annotations

from pathlib import Path

from advisor.readers.specs import read_specs

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
```
"""


def test_examples_and_jobs_that_other_programs_start(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(PROSE)
    found = read_specs([str(file)])
    assert [job.place and job.place.line for job in found.jobs] == [4, 9]
    assert found.problems == ()
    example = "an example that is not judged: {} stands for something of yours"
    hidden = "the `{}` that `{}` starts is not read: give it as a command of its own"
    assert [note.removeprefix(f"{file}:") for note in found.notes] == [
        f"2:1: {example.format('<image>')}",
        f"3:1: {example.format('<your-image>')}",
        f"5:1: {hidden.format('docker run', 'ssh')}",
        f"6:1: {hidden.format('docker run', 'bash')}",
        f"7:1: {hidden.format('runai submit', 'sh')}",
    ]


def test_a_command_with_something_to_fill_in() -> None:
    found = read_specs(["docker run --gpus all <your image>:1 train"])
    assert found.jobs == ()
    assert [str(one) for one in found.problems] == [
        "command line:1:1: <your image> stands for something of yours"
        " (put the real value in its place)"
    ]
