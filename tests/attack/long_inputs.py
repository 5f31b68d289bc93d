"""Inputs of any length, each long in one way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

IMAGE = "reg.example/a/b:1"
Make = Callable[[int], str]

DOCKER_FLAGS = (
    "-v /raid/d{0}:/m{0}",
    "-v name{0}:/m{0}",
    "-v $D{0}:/m{0}",
    "-v /a/f{0}.yaml:/m/f{0}.yaml",
    "-v /a/b{0}:/m{0} -v /a/b{0}/c:/m{0}/c",
    "--mount type=bind,source=/raid/d{0},target=/m{0}",
    "--tmpfs /m{0}",
    "-e E{0}=x{0}",
    "-e E{0}_TOKEN=Zq7x{0}",
    "-e E{0}=$V{0}",
    "--env-file f{0}",
    "-p {0}:{0}",
    "--expose {0}",
    "-l a{0}=b",
    "--annotation a{0}=b",
    "--add-host h{0}:10.0.0.1",
    "--network n{0}",
    "--device /dev/d{0}",
    "--ulimit nofile={0}",
    "--sysctl net.a{0}=1",
    "--log-opt a{0}=x",
    "--group-add {0}",
    "--security-opt label=x{0}",
    "--cap-add SYS_ADMIN",
)
RUNAI = (
    "runai submit j -i {image} -g 1 {flags}",
    "runai training standard submit j -i {image} -g 1 {flags}",
)
RUNAI_FLAGS = (
    ("-v /raid/d{0}:/m{0}", "-e A{0}=b", "--pvc c{0}:/m{0}"),
    ("--host-path path=/raid/d{0},mount=/m{0}", "-e A{0}=b", "--port container=1{0}"),
)


def repeated(part: str, count: int, joint: str = " ") -> str:
    """The part for each number, joined."""
    return joint.join(part.format(number) for number in range(count))


def flags(flag: str) -> Make:
    """One docker run with the flag that many times."""
    return lambda count: f"docker run --gpus 1 {repeated(flag, count)} {IMAGE} python t.py\n"


def runai(version: int, flag: str) -> Make:
    """One runai submit with the flag that many times."""
    return lambda count: RUNAI[version].format(image=IMAGE, flags=repeated(flag, count)) + "\n"


def arguments(part: str, before: str = "python t.py ") -> Make:
    """One docker run whose command goes on and on."""
    return lambda count: f"docker run --gpus 1 {IMAGE} {before}{repeated(part, count)}\n"


def lines(line: str, first: str = "", last: str = f"docker run --gpus 1 {IMAGE}\n") -> Make:
    """A script of that many such lines."""
    return lambda count: first + repeated(line + "\n", count, "") + last


SCRIPTS: dict[str, Make] = {
    **{flag: flags(flag) for flag in DOCKER_FLAGS},
    **{
        f"runai {version + 1} {flag}": runai(version, flag)
        for version, known in enumerate(RUNAI_FLAGS)
        for flag in known
    },
    "arguments": arguments("--a{0} {0}"),
    "a word of a login again and again": arguments("login -v", "wandb "),
    "commands in quotes": lines("echo {0}", f"docker run --gpus 1 {IMAGE} bash -c '", "'\n"),
    "words of the shell": arguments("$A{0}"),
    "commands": lines(f"docker run --gpus 1 -v /raid/d{{0}}:/x {IMAGE}", last=""),
    "other lines": lines("echo hello {0}"),
    "assignments": lines("A{0}=${{A{0}}}x"),
    "a variable that grows": lines(
        'A="$A -v /r/d{0}:/m{0}"', last=f"docker run --gpus 1 $A {IMAGE}\n"
    ),
    "a list that grows": lines(
        "A+=(-v /r/d{0}:/m{0})", "A=()\n", f'docker run --gpus 1 "${{A[@]}}" {IMAGE}\n'
    ),
    "conditions": lines("if [ $A{0} ]; then B{0}=1; fi"),
    "cases": lines("  a{0}) X={0};;", "case $1 in\n", f"esac\ndocker run -e X=$X {IMAGE}\n"),
    "functions": lines("f{0}() {{ echo; }}"),
    "calls": lines("f /raid/{0}", f"f() {{ docker run --gpus 1 -v $1:/x {IMAGE}; }}\n", ""),
    "here-documents": lines("cat <<E{0}\nx\nE{0}"),
    "continued": flags("\\\n -v /raid/d{0}:/m{0}"),
    "containers that are gone into": lines(
        "docker exec box python t{0}.py", f"docker run -d --name box {IMAGE} sleep infinity\n", ""
    ),
    "folders that are gone into": lines("cd d{0}", last=f"docker run -v $PWD:/x {IMAGE}\n"),
    "directives": lines("#SBATCH --comment=x{0}", "#!/bin/bash\n", "srun python t.py\n"),
}


def service(number: int, count: int) -> dict[str, Any]:
    """One of many, which names others in each of the ways."""
    return {
        "image": f"{IMAGE}{number}",
        "volumes": [f"/raid/d{number}:/d"],
        "ports": [f"{number + 1000}:80"],
        "links": [f"s{number - 1 if number else 1}:other{number}"],
        "depends_on": [f"s{(number + 1) % count}"],
        "command": f"x --db=s{(number + 3) % count}:80",
        "container_name": f"c{number}",
        "hostname": f"h{number}",
    }


def services(count: int) -> str:
    """A compose project of that many services."""
    return json.dumps({"services": {f"s{one}": service(one, count) for one in range(count)}})


def parts_of_a_service(count: int) -> str:
    """A compose service with that many of everything."""
    named = [f"n{number}" for number in range(count)]
    body = {
        "image": IMAGE,
        "environment": dict.fromkeys(named, "x"),
        "volumes": [f"{name}:/m/{name}" for name in named],
        "networks": named,
        "secrets": named,
        "env_file": named,
        "labels": dict.fromkeys(named, "x"),
    }
    top = {
        "volumes": dict.fromkeys(named),
        "networks": dict.fromkeys(named),
        "secrets": {name: {"file": name} for name in named},
    }
    return json.dumps({"services": {"s": body}, **top})


def parts_of_a_pod(count: int) -> str:
    """A pod with that many of everything."""
    named = [f"n{number}" for number in range(count)]
    container = {
        "name": "c",
        "image": IMAGE,
        "env": [{"name": name, "value": "x"} for name in named],
        "envFrom": [{"configMapRef": {"name": name}} for name in named],
        "volumeMounts": [{"name": name, "mountPath": f"/m/{name}"} for name in named],
    }
    volumes = [
        {"name": name, "hostPath": {"path": f"/raid/{name}"}}
        if number % 2
        else {"name": name, "persistentVolumeClaim": {"claimName": name}}
        for number, name in enumerate(named)
    ]
    spec = {
        "containers": [container],
        "initContainers": [{"name": name, "image": IMAGE} for name in named],
        "volumes": volumes,
        "tolerations": [{"key": name, "operator": "Exists"} for name in named],
    }
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})


def objects(count: int) -> str:
    """A file with that many Deployments, Services and claims."""
    documents: list[Any] = []
    for number in range(count):
        labels = {"app": f"p{number}"}
        container = {"name": "c", "image": f"{IMAGE}{number}"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        name = {"name": f"p{number}"}
        chosen = {"selector": {"matchLabels": labels}, "template": template}
        documents += [
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": name, "spec": chosen},
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": name,
                "spec": {"selector": labels, "ports": [{"port": 80}]},
            },
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": name, "spec": {}},
        ]
    return "\n---\n".join(map(json.dumps, documents))


FILES: dict[str, tuple[str, Make]] = {
    **{name: ("run.sh", make) for name, make in SCRIPTS.items()},
    "targets of make": ("Makefile", lines("t{0}:\n\tdocker run -v /d{0}:/x " + IMAGE, last="")),
    "variables of make": (
        "Makefile",
        lines("A{0} := $(A{0})x", last=f"t:\n\tdocker run -v $(A3):/x {IMAGE}\n"),
    ),
    "blocks of a page": (
        "a.md",
        lines("text\n\n```bash\ndocker run -v /d{0}:/x " + IMAGE + "\n```\n", last=""),
    ),
    "code of a page": (
        "a.html",
        lines("<p><code>docker run -v /d{0}:/x " + IMAGE + "</code><pre>text</pre>", last=""),
    ),
    **{
        name: ("go.py", make)
        for name, make in {
            "commands of Python": lines(
                "run(['docker', 'run', '-v', '/d{0}:/x', '" + IMAGE + "'])", last=""
            ),
            "a list of Python that grows": lines(
                "a += ['-v', '/d{0}:/x{0}']", "a = ['docker', 'run']\n", f"run(a + ['{IMAGE}'])\n"
            ),
            "branches of Python": lines(
                "if b{0}: a += ['-e', 'A{0}=b']",
                "a = ['docker', 'run']\n",
                f"run(a + ['{IMAGE}'])\n",
            ),
            "calls of Python": lines(
                "f('/d{0}')", f"def f(a): run(['docker', 'run', '-v', a + ':/x', '{IMAGE}'])\n", ""
            ),
            "functions of Python": lines(
                "def f{0}(a={0}): run(['docker', 'run', '-e', f'A={{a}}', '" + IMAGE + "'])",
                last="",
            ),
        }.items()
    },
    "compose services": ("compose.yaml", services),
    "parts of a compose service": ("compose.yaml", parts_of_a_service),
    "parts of a pod": ("pod.yaml", parts_of_a_pod),
    "objects": ("objects.yaml", objects),
}
"""By what there is much of, the name of a file and what makes its content."""
