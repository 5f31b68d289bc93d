"""What programs may ask, as an OpenAPI document, and what the page offers to begin with: one of
every form that people bring."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from advisor import __version__
from advisor.facts.record import Record
from advisor.output.check_record import WrittenCheck
from advisor.output.json import plain_schema
from advisor.serving.request import Wanted


class Example(NamedTuple):
    """A text under a short title; `key` names it in a link."""

    key: str
    title: str
    text: str


EXAMPLES = (
    Example(
        "docker",
        "docker run",
        """docker run -it --rm --gpus 2 --name train \\
  -v /raid/imagenet:/data:ro -v $PWD:/work -w /work \\
  --shm-size 16g --ulimit memlock=-1 \\
  -e WANDB_API_KEY -p 8888:8888 \\
  nvcr.io/nvidia/pytorch:24.05-py3 \\
  python train.py --epochs $EPOCHS
""",
    ),
    Example(
        "compose",
        "compose file",
        """services:
  train:
    image: lab/train:3
    command: python train.py --data /data
    shm_size: 8gb
    volumes:
      - /raid/imagenet:/data:ro
      - checkpoints:/checkpoints
    environment:
      WANDB_MODE: offline
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities: [gpu]
volumes:
  checkpoints:
""",
    ),
    Example(
        "manifest",
        "manifest",
        """apiVersion: batch/v1
kind: Job
metadata:
  name: finetune
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: lab/train:3
        imagePullPolicy: Never
        args: [python, finetune.py]
        resources:
          limits:
            nvidia.com/gpu: 4
        volumeMounts:
        - {name: data, mountPath: /data}
      volumes:
      - name: data
        hostPath: {path: /raid/imagenet}
""",
    ),
    Example(
        "runai",
        "runai submit",
        """runai submit train -i lab/train:3 -g 1 --local-image \\
  -v /raid/imagenet:/data --large-shm --interactive -- sleep infinity
""",
    ),
    Example(
        "slurm",
        "Slurm script",
        """#!/bin/bash
#SBATCH --job-name=train
#SBATCH --gres=gpu:4
#SBATCH --cpus-per-task=32
#SBATCH --mem=200G
srun --container-image=nvcr.io#nvidia/pytorch:24.05-py3 \\
  --container-mounts=/raid/imagenet:/data python train.py
""",
    ),
)


_FAULTS = {
    "400": "The body cannot be used, or asks for something on the server's machine.",
    "401": "The token is missing or wrong.",
    "408": "The body did not arrive in time.",
    "413": "The body has more than 1 MiB.",
    "415": "The body is not JSON.",
    "421": "The server does not go by the name in the Host header.",
    "422": "It takes more time or memory to judge than a request may.",
    "429": "Too many requests wait; try again after the seconds of Retry-After.",
    "500": "A fault in advisor itself.",
}


class Fault(Record, frozen=True, kw_only=True):
    """Why a request was not answered."""

    error: str


class Health(Record, frozen=True, kw_only=True):
    """Whether the server can work: processes that are ready."""

    status: str
    version: str
    workers: int


@lru_cache(maxsize=1)
def document() -> bytes:
    """The document; its schemas are those of the records that are read and written."""
    _, schemas = msgspec.json.schema_components(
        (Wanted, WrittenCheck, Fault, Health),
        schema_hook=lambda _: {"description": "any JSON value"},
        ref_template="#/components/schemas/{name}",
    )
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "advisor",
                "version": __version__,
                "summary": "Whether a job will run on the cluster, and what to type instead.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "../.."}],
            "paths": {
                "/api/v1/check": {"post": _check()},
                "/healthz": {"get": _health()},
            },
            "components": {
                "schemas": plain_schema(schemas),
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{"token": []}, {}],
        }
    )


def _check() -> dict[str, Any]:
    return {
        "operationId": "check",
        "summary": "Judge what a command, script, compose file or manifest would do",
        "description": inspect.cleandoc(
            """The answer is what `advisor check --format json` writes, with each job in every form
            of `targets`. No file is read and nothing is run."""
        ),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Wanted"},
                    "example": {"text": EXAMPLES[0].text, "data_claims": ["imagenet=/raid"]},
                }
            },
        },
        "responses": {
            "200": _told("What was found.", "WrittenCheck"),
            **{status: _told(why, "Fault") for status, why in _FAULTS.items()},
        },
    }


def _health() -> dict[str, Any]:
    return {
        "operationId": "health",
        "summary": "Whether the server can work",
        "security": [],
        "responses": {
            "200": _told("It can.", "Health"),
            "503": _told("No process is ready.", "Health"),
        },
    }


def _told(why: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": why, "content": content}
