"""Secrets that a script keeps in its variables: they are named, and put in the shell first."""

from __future__ import annotations

import re

import pytest

from advisor.jobs.translation import Situation, Target, Translation
from advisor.readers.docker_run.reader import read_docker_run
from advisor.readers.shell.commands import read_script
from advisor.writers import write
from advisor.writers.kubernetes.environment import withhold_fields
from tests.writers.jobs import docker_job

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


HELD_BY = {
    "-e HF_TOKEN=$tok": ({"HF_TOKEN": "$tok"}, ["t"]),
    "-e HF_TOKEN=${tok}": ({"HF_TOKEN": "$tok"}, ["t"]),
    "-e HF_TOKEN": ({"HF_TOKEN": "$HF_TOKEN"}, ["t"]),
    "-e HF_TOKEN=$(cat token)": ({"HF_TOKEN": "$HF_TOKEN"}, ["t"]),
    "-e DB_PASSWORD=$1": ({"DB_PASSWORD": "$DB_PASSWORD"}, ["t"]),
    "-e LOGIN=$HF_TOKEN": ({"LOGIN": "$HF_TOKEN"}, ["t"]),
    "lab/a:1 t --key $API_KEY #": ({"API_KEY": "$API_KEY"}, ["t", "--key", "$(API_KEY)"]),
}
"""What only the shell has, by name a secret: the keys of the Secret and the container's words."""


@pytest.mark.parametrize("flags", HELD_BY, ids=str)
def test_what_is_a_secret_by_its_name_is_no_plain_value(flags: str) -> None:
    command = read_script(f"docker run {flags} lab/a:1 t", file="x.sh", dialect="bash").commands[0]
    made = write(
        read_docker_run(command.words, place=command.place), Situation(target="kubernetes")
    )
    keys, arguments = HELD_BY[flags]
    (step,) = made.before
    assert re.findall(r'--from-literal=(\w+)="(\S+)"', step) == list(keys.items())
    (manifest,) = made.documents
    (container,) = manifest["spec"]["template"]["spec"]["containers"]  # type: ignore[index]
    assert (container["env"], container["args"]) == ([secret(key) for key in keys], arguments)
    assert {entry.fate for entry in made.ledger} <= {"mapped", "changed"}


def secret(name: str) -> dict[str, object]:
    reference = {"name": "a-secrets", "key": name}
    return {"name": name, "valueFrom": {"secretKeyRef": reference}}


def test_the_login_of_a_url_has_a_name_of_its_own() -> None:
    url = "postgresql://ada:s3cr3tvalue@db/lab"
    job = docker_job(f"docker run -e STORE_URI={url} img serve --store-uri {url}")
    made = write(job, Situation(target="runai-v2"))
    assert made.text.endswith(
        '-e STORE_URI="$STORE_URI" -- serve --store-uri postgresql://"$STORE_URI_LOGIN"@db/lab'
    )
    assert [step.splitlines()[1] for step in made.before] == [
        "read -rs STORE_URI; export STORE_URI",
        "read -rs STORE_URI_LOGIN; export STORE_URI_LOGIN",
    ]


def test_what_an_object_holds_under_a_name_in_it_is_not_written() -> None:
    value = {
        "parameters": [
            {"default": "Zq7canary81", "name": "hf-token"},
            {"name": "api-key", "enum": ["Zq7canary82"]},
            {"name": "epochs", "default": "run7"},
        ],
        "items": {"HF_TOKEN": {"value": "Zq7canary83"}},
    }
    assert len(list(withhold_fields(value))) == 3
    assert value == {
        "parameters": [
            {"default": "SET_ME_HF_TOKEN", "name": "hf-token"},
            {"name": "api-key", "enum": ["SET_ME_API_KEY"]},
            {"name": "epochs", "default": "run7"},
        ],
        "items": {"HF_TOKEN": {"value": "SET_ME_HF_TOKEN"}},
    }
