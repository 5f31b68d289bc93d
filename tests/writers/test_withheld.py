"""Secrets that a script keeps in its variables: they are named, and put in the shell first."""

from __future__ import annotations

import pytest

from advisor.jobs.translation import Situation, Target, Translation
from advisor.readers.docker_run.reader import read_docker_run
from advisor.readers.shell.commands import read_script
from advisor.writers import write

SECRET = "hunter2hunter2"
SCRIPT = f"""\
DB_PASSWORD={SECRET}
URL=postgres://lab:$DB_PASSWORD@db/x
docker run -e PGPASSWORD=$DB_PASSWORD -e URL=$URL -e OTHER=$OTHER lab/a:1 t --key "$DB_PASSWORD"
"""
STEP = "# DB_PASSWORD is a secret: type it in\nread -rs DB_PASSWORD; export DB_PASSWORD"


def translated(target: Target) -> Translation:
    command = read_script(SCRIPT, file="x.sh", dialect="bash").commands[0]
    return write(
        read_docker_run(command.words, place=command.place, positions=command.positions),
        Situation(target=target),
    )


@pytest.mark.parametrize("target", ["runai-v1", "runai-v2"])
def test_the_shell_gets_it_first(target: Target) -> None:
    made = translated(target)
    assert made.before == (STEP,)
    assert made.text.partition(" lab/a:1 ")[2] == (
        "-e PGPASSWORD=$DB_PASSWORD -e URL=postgres://lab:$DB_PASSWORD@db/x -e OTHER=$OTHER"
        ' -- t --key "$DB_PASSWORD"'
    )


def test_a_manifest_takes_it_from_a_secret() -> None:
    made = translated("kubernetes")
    assert made.before == (
        "# the Secret, from the shell's own DB_PASSWORD\n"
        'kubectl create secret generic a-secrets --from-literal=PGPASSWORD="$DB_PASSWORD"'
        ' --from-literal=DB_PASSWORD="$DB_PASSWORD"',
    )
    (job,) = made.documents
    (container,) = job["spec"]["template"]["spec"]["containers"]  # type: ignore[index]
    assert container["args"] == ["t", "--key", "$(DB_PASSWORD)"]
    assert container["env"] == [
        secret("PGPASSWORD"),
        secret("DB_PASSWORD"),
        {"name": "URL", "value": "postgres://lab:$(DB_PASSWORD)@db/x"},
        {"name": "OTHER", "value": "SET_ME_OTHER"},
    ]


def secret(name: str) -> dict[str, object]:
    reference = {"name": "a-secrets", "key": name}
    return {"name": name, "valueFrom": {"secretKeyRef": reference}}
