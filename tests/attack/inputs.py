"""Inputs that nobody would write and somebody will give: each made from a seed, by its shape."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from tests.demo_snapshot import encoded
from tests.rulebook.sample import LARGE

CANARY = "Zq7canary9xW4vN2pLk"
"""What no output may hold, wherever an input has it as a secret."""

SECRETS = (
    f"-e API_TOKEN={CANARY}",
    f"--env WANDB_API_KEY={CANARY}",
    f"-e DB_PASSWORD={CANARY}",
    f"-e URL=https://user:{CANARY}@host.example/x",
)
ODD = (
    *("", " ", ".", "/", "..", "-", "--", ":", "::", "=", ",", "a=b=c", "\t", "\\", "'", '"', "`"),
    *(
        "$",
        "$(",
        "${",
        "${A:-${B}}",
        "$(pwd)",
        "~",
        "~x/y",
        "*",
        "{a,b}",
        "[z-a]",
        "#",
        "%s",
        "{{x}}",
    ),
    *("null", "true", "~", "0", "-1", "1e30", "²", "٣", "9" * 30, "9" * 5000, "0x10", "1.5", "1_0"),
    *("inf", "nan", "é" * 50, "\u202e", "\U0001f600", "x" * 5000, "a\nb", "a\rb", "\x1b[31m"),
    *("../../etc/passwd", "C:\\data", "//srv/x", "http://[::1", "a:b:c:d:e", "a" * 300 + ":1"),
    *("a=" * 300, "(" * 300, "[" * 300, "'" * 301, "$(" * 300, "{" * 300, "https://u:p@reg/x"),
)
FLAGS = (
    *("-v", "--volume", "--mount", "-e", "--env", "-p", "--gpus", "--shm-size", "-m", "--memory"),
    *("--cpus", "--cpuset-cpus", "-u", "--user", "-w", "--name", "--label", "-l", "--ulimit"),
    *("--device", "--network", "--net", "--ipc", "--pid", "--restart", "--tmpfs", "--entrypoint"),
    *("--health-cmd", "--health-interval", "--log-opt", "--security-opt", "--cap-add", "--runtime"),
    *("--add-host", "--dns", "--sysctl", "--stop-timeout", "--pull", "--platform", "--env-file"),
    *("--memory-swap", "--volumes-from", "--group-add", "--annotation", "--storage-opt", "-it"),
)
RUNAI = ("-i", "-g", "--gpu", "--cpu", "--memory", "-v", "-e", "--git-sync", "--pvc", "--node-type")


class Case(NamedTuple):
    """Files by name, and the arguments of advisor that read them. `secret`: what is a secret in it
    can still be told from the rest, so that the canary must not come out."""

    kind: str
    files: dict[str, bytes]
    arguments: tuple[str, ...]
    secret: bool = True


def case(seed: int) -> Case:
    """The input of a seed; the same for ever."""
    random = Random(seed)
    make = random.choice(MAKERS)
    return make(random)


def value(random: Random) -> str:
    """A text as a person writes it, or an odd one."""
    usual = ("/raid/x:/x", "8g", "all", "1", "lab/train:3", "reg.example/a/b:1", "A=1", "none")
    return random.choice(ODD) if random.random() < 0.5 else random.choice(usual)


def docker_run(random: Random) -> Case:
    words = ["docker run"]
    for _ in range(random.randrange(12)):
        glue = random.choice((" ", "=", ""))
        words.append(random.choice(FLAGS) + glue + _maybe_quoted(random, value(random)))
    if random.random() < 0.3:
        words.insert(1, random.choice(SECRETS))
    words += [value(random) for _ in range(random.randrange(4))]
    text = random.choice((" ", " \\\n  ")).join(words) + "\n"
    return _jobs("docker run", "run.sh", text, random)


def runai(random: Random) -> Case:
    words = [random.choice(("runai submit", "runai training submit", "runai submit-dist pytorch"))]
    for _ in range(random.randrange(10)):
        words.append(f"{random.choice(RUNAI)} {_maybe_quoted(random, value(random))}")
    return _jobs("runai", "job.sh", " ".join(words) + "\n", random)


def script(random: Random) -> Case:
    lines = []
    for _ in range(random.randrange(1, 15)):
        lines.append(
            random.choice(
                (
                    f"A={_maybe_quoted(random, value(random))}",
                    f"for i in {value(random)}; do",
                    "done",
                    "if [ -z $A ]; then",
                    "fi",
                    f"cat <<{value(random)}",
                    f"docker run -v $A:{value(random)} {value(random)}",
                    f'eval "{value(random)}"',
                    f"f() {{ docker run {value(random)}; }}",
                    value(random),
                )
            )
        )
    name = random.choice(("run.sh", "Makefile", "run.ps1", "run.bat", "README.md", "run"))
    return _jobs("script", name, "\n".join(lines) + "\n", random)


POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "labels": {"a": "b"}, "annotations": {"c": "d"}},
    "spec": {
        "nodeSelector": {"x": "y"},
        "volumes": [{"name": "v", "hostPath": {"path": "/raid"}}],
        "containers": [
            {
                "name": "c",
                "image": "lab/train:1",
                "command": ["python", "train.py"],
                "env": [{"name": "API_TOKEN", "value": CANARY}],
                "resources": {"limits": {"nvidia.com/gpu": 1, "memory": "8Gi"}},
                "volumeMounts": [{"name": "v", "mountPath": "/data"}],
                "ports": [{"containerPort": 80}],
            }
        ],
    },
}
COMPOSE: dict[str, Any] = {
    "services": {
        "train": {
            "image": "lab/train:1",
            "environment": {"API_TOKEN": CANARY},
            "volumes": ["/raid:/data", "named:/x"],
            "deploy": {"resources": {"reservations": {"devices": [{"capabilities": ["gpu"]}]}}},
            "ports": ["80:80"],
            "shm_size": "8g",
        }
    },
    "volumes": {"named": {"driver": "local"}},
}


def manifest(random: Random) -> Case:
    document = mutated(random, POD, random.randrange(1, 5))
    made = _jobs("manifest", "pod.yaml", json.dumps(document), random)
    return made._replace(secret=_still_there(document, POD, "spec", "containers", 0, "env"))


def compose(random: Random) -> Case:
    document = mutated(random, COMPOSE, random.randrange(1, 5))
    made = _jobs("compose", "compose.yaml", json.dumps(document), random)
    intact = _still_there(document, COMPOSE, "services", "train", "environment")
    return made._replace(secret=intact)


def broken_yaml(random: Random) -> Case:
    text = json.dumps(random.choice((POD, COMPOSE)), indent=1)
    made = _jobs("broken YAML", "pod.yaml", _cut(random, text), random)
    return made._replace(secret=False)


def _still_there(document: Any, before: Any, *keys: str | int) -> bool:
    for key in keys:
        try:
            document, before = document[key], before[key]
        except (KeyError, IndexError, TypeError):
            return False
    return bool(document == before)


DEMO = json.loads(encoded())


def snapshot(random: Random) -> Case:
    document = mutated(random, DEMO, random.randrange(1, 4))
    shape = random.choice(("terminal", "json", "markdown", "html", "sarif", "junit"))
    text = json.dumps(document).encode()
    if random.random() < 0.1:
        text = text[: random.randrange(len(text))]
    return Case("snapshot", {"s.json": text}, ("report", "s.json", "--format", shape))


def plan(random: Random) -> Case:
    document = mutated(random, DEMO, random.randrange(1, 4))
    files = {"s.json": json.dumps(document).encode()}
    return Case("plan", files, ("plan", "s.json", "-o", "plan"))


def rule(random: Random) -> Case:
    lines = LARGE.split("\n")
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(lines))
        key, colon, _ = lines[at].partition(":")
        texts = (value(random), "{{ " + value(random) + " }}", "{% " + value(random) + " %}")
        lines[at] = f"{key}{colon} {random.choice(texts)}"
    files = {
        "r/LAB001.yaml": "\n".join(lines).encode("utf-8", "replace"),
        "run.sh": b"docker run lab/a:1\n",
    }
    return Case("rule", files, ("check", "run.sh", "--no-cluster", "--rules", "r"))


def ignore(random: Random) -> Case:
    patterns = "\n".join(value(random) for _ in range(5))
    files = {".gitignore": patterns.encode(), "run.sh": b"docker run lab/a:1\n", ".git/HEAD": b""}
    return Case("ignored files", files, ("check", ".", "--no-cluster"))


def settings(random: Random) -> Case:
    text = f"{random.choice(('registry', 'bandwidth', 'assume', 'x'))} = {value(random)}\n"
    files = {"advisor.toml": text.encode("utf-8", "replace"), "run.sh": b"docker run lab/a:1\n"}
    return Case("settings", files, ("check", "run.sh", "--no-cluster"))


MAKERS: tuple[Callable[[Random], Case], ...] = (
    *(docker_run, docker_run, docker_run, runai, script, script, manifest, manifest, compose),
    *(compose, broken_yaml, snapshot, plan, rule, ignore, settings),
)


def mutated(random: Random, document: Any, times: int) -> Any:
    """The document with some of its values, keys or lists made odd."""
    changed = copy.deepcopy(document)
    for _ in range(times):
        holder: Any = changed
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = random.choice(keys)
            below = holder[key]
            if isinstance(below, dict | list) and below and random.random() < 0.8:
                holder = below
                continue
            _change(random, holder, key)
            break
    return changed


def _change(random: Random, holder: Any, key: Any) -> None:
    kind = random.randrange(5)
    if kind == 0 and isinstance(holder, dict):
        holder[random.choice(ODD)] = holder.pop(key)
    elif kind == 1:
        del holder[key]
    elif kind == 2:
        odd: tuple[Any, ...] = (None, True, 0, -1, 2**63, 2**70, 1e308, [], {}, [None], {"": None})
        holder[key] = random.choice(odd)
    elif kind == 3 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        holder[key] = random.choice(ODD)


def _jobs(kind: str, name: str, text: str, random: Random) -> Case:
    content = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.03:
        at = random.randrange(len(content) + 1)
        content = content[:at] + bytes([random.randrange(128, 256)]) + content[at:]
    verb = random.choice(
        (
            ("check", name, "--assume", "gpu-nodes=2"),
            ("check", name, "--no-cluster", "--format", "json"),
            ("check", name, "--no-cluster", "--format", "sarif"),
            ("translate", name, "--to", "runai-v2"),
            ("translate", name, "--to", "runai-v1", "--explain"),
            ("translate", name, "--to", "kubernetes", "--data-claim", "claim=/raid"),
            ("translate", name, "--to", "kubernetes", "--format", "json"),
        )
    )
    return Case(kind, {name: content}, verb)


def _maybe_quoted(random: Random, text: str) -> str:
    quote = random.choice(("", "'", '"'))
    return f"{quote}{text}{quote}"


def _cut(random: Random, text: str) -> str:
    at = random.randrange(len(text))
    return text[:at] + random.choice(ODD) + text[at + random.randrange(3) :]
