"""What the page offers to begin with, one of every form that people bring."""

from __future__ import annotations

from typing import NamedTuple


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
