"""`docker run ... sleep infinity` and the `docker exec` that gives it work."""

from __future__ import annotations

import pytest

from advisor.readers.script_jobs import script_jobs
from advisor.readers.shell.commands import read_script

IDLE = "docker run -d --name wk img "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IDLE + "sleep infinity\ndocker exec wk python a.py", ["python", "a.py"]),
        (IDLE + "tail -f /dev/null\ndocker exec -it wk python $X", ["python", "$X"]),
        ("N=wk\n" + IDLE.replace("wk", "$N") + "sleep 1d\ndocker container exec $N a", ["a"]),
        (
            "docker run -dit --name=wk img\npodman exec -e A=1 -w /x wk sh -c 'a b'",
            ["sh", "-c", "a b"],
        ),
        ("docker run -dit --name wk img bash\ndocker exec -it wk bash", ["bash"]),
        (
            IDLE + "sleep inf\ndocker exec wk a 'b c'\ndocker exec wk d",
            ["sh", "-c", "a 'b c' && d"],
        ),
        (IDLE + "serve\ndocker exec wk a", ["serve"]),
        (IDLE + "sleep infinity\ndocker exec other a", ["sleep", "infinity"]),
        ("docker run --name wk img sleep 5\ndocker exec wk a", ["sleep", "5"]),
        ("docker exec wk a\n" + IDLE + "sleep infinity", ["sleep", "infinity"]),
    ],
)
def test_the_command_is_what_is_executed(text: str, expected: list[str]) -> None:
    found = script_jobs(read_script(text, file="go.sh"), "")
    (job,) = found.jobs
    assert job.run is not None
    assert [one.text for one in job.run.arguments] == expected
    told = [one.value for one in job.items if one.name == "COMMAND"]
    assert told == [" ".join(expected)]


def test_what_is_started_beside_a_command_is_told() -> None:
    text = IDLE + "serve\ndocker exec -it wk bash\ndocker exec -d wk /usr/sbin/sshd\n"
    found = script_jobs(read_script(text, file="go.sh"), "")
    line = text.count("\n")
    assert found.notes == (
        f"go.sh:{line}:1: what docker exec starts in the container wk besides its own command is"
        " not carried over",
    )


def test_its_options_and_the_note() -> None:
    text = IDLE + "sleep infinity\ndocker exec -e A=1 -e HF_TOKEN=hf_abc -w /x -u 7 wk a\n"
    found = script_jobs(read_script(text, file="go.sh"), "")
    run = found.jobs[0].run
    assert run is not None
    assert [(one.name, one.secret) for one in run.environment] == [("A", False), ("HF_TOKEN", True)]
    assert (run.working_directory and run.working_directory.text) == "/x"
    assert (run.user and run.user.text) == "7"
    assert found.notes == (
        "go.sh:2:1: the container wk only sleeps; what docker exec starts in it is read as its"
        " command",
    )


STARTED = "CID=$(docker run -d --gpus 2 lab/x:1 sleep infinity)\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STARTED + "docker exec $CID python train.py\n", ["python train.py"]),
        (STARTED + 'docker exec -it "$(docker ps -lq)" a b\n', ["a b"]),
        (
            "docker run -d lab/w:1 sleep infinity\n" + STARTED + "docker exec $CID a\n",
            ["sleep infinity", "a"],
        ),
        (
            'docker run -d --name "$N" lab/w:1 sleep infinity\n' + STARTED + 'docker exec "$N" a\n',
            ["a", "sleep infinity"],
        ),
        (STARTED + "docker exec another a\n", ["sleep infinity"]),
        ("docker exec $CID a\n" + STARTED, ["sleep infinity"]),
        ("docker run lab/w:1 serve\ndocker exec $CID a\n", ["serve"]),
    ],
)
def test_an_id_that_only_a_run_tells_is_of_the_last_container(
    text: str, expected: list[str]
) -> None:
    jobs = script_jobs(read_script(text, file="go.sh"), "").jobs
    assert [" ".join(each.text for each in job.run.arguments) for job in jobs if job.run] == (
        expected
    )
