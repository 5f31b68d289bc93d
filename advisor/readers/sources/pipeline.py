"""GitHub workflows, GitLab pipelines and other files of steps and tasks in YAML or JSON: their
commands, and the containers these run in."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from advisor.findings.finding import Place
from advisor.jobs.word import Expansion, asked_for
from advisor.readers.shell.command import Positions, Problem, Script, ShellCommand
from advisor.readers.shell.commands import read_text
from advisor.readers.shell.variables import NOTHING, Known
from advisor.readers.yaml_documents import Positions as YamlPositions
from advisor.readers.yaml_documents import parse_documents
from advisor.yaml_text import compose_all

_KEYS = frozenset(
    {"run", "script", "before_script", "after_script", "install", "after_success"}
    | {"bash", "cmd", "cmds", "command", "commands", "exec", "inlineScript", "sh", "shell"}
)
_NAMED_SCRIPTS = "scripts"
"""A key with commands by their names, as in package.json."""
_TOOLS = re.compile(r"docker|podman|nerdctl|runai|apptainer|singularity")
_EXPRESSION = re.compile(
    r"\$\{\{.*?\}\}|\{\{-?\s*\.?(?P<name>\w*).*?\}\}|<<\s*[\w.]+\s*>>", re.DOTALL
)
_FOLDERS = frozenset({"ROOT_DIR", "TASKFILE_DIR", "USER_WORKING_DIR"})
"""What Task calls the folder of the project."""
_FIRST_PLACE = 0x100000
_MOST_PLACES = 0x1000
MOST_DEPTH = 40


def read_pipeline(text: str, file: str, known: Known = NOTHING) -> Script:
    """The commands of every step; each is a script of its own.

    Raises InputError for a text that is not YAML.
    """
    parse_documents(text, file)
    commands: list[ShellCommand] = []
    problems: list[Problem] = []
    lines = text.split("\n")
    for made in ci_containers(text, file):
        script = _read(made.text, file, made.line, made.column, known)
        commands += [
            replace(
                _at(command, script.commands[0].place), repairs=(made.told,) if made.told else ()
            )
            for command in script.commands[:1]
        ]
        problems += script.problems
    roots = list(compose_all(text))
    known = known._replace(values={**_variables_of_task(roots), **known.values})
    for node in (script_node for root in roots for script_node in _scripts(root, 0)):
        if _TOOLS.search(node.value):
            script = _read_step(node, lines, file, known)
            commands += script.commands
            problems += script.problems
    return Script(commands=tuple(commands), problems=tuple(problems))


def _variables_of_task(roots: list[Any]) -> dict[str, str]:
    """The plain values of `vars` at the top, which `{{.NAME}}` stands for."""
    return {
        name.value: value.value
        for root in roots
        for key, block in (root.value if root.id == "mapping" else ())
        if key.value == "vars" and block.id == "mapping"
        for name, value in block.value
        if value.id == "scalar" and "{{" not in value.value
    }


def _at(command: ShellCommand, place: Place) -> ShellCommand:
    """Made up from several places of the file: each word counts as where the container stands."""
    positions = tuple(place for _ in command.words)
    return replace(command, positions=positions, place=place, end_line=place.line)


def _scripts(node: Any, depth: int) -> Iterator[Any]:
    """The scalars that hold scripts, below a node of the YAML tree."""
    if depth > MOST_DEPTH:
        return
    if node.id == "mapping":
        for key, value in node.value:
            name = key.value if key.id == "scalar" else ""
            if name in _KEYS and value.id == "scalar":
                yield value
                continue
            if name in _KEYS and value.id == "sequence":
                yield from (scalar for scalar in value.value if scalar.id == "scalar")
            elif name == _NAMED_SCRIPTS and value.id == "mapping":
                yield from (scalar for _, scalar in value.value if scalar.id == "scalar")
            yield from _scripts(value, depth + 1)
    elif node.id == "sequence":
        for value in node.value:
            yield from _scripts(value, depth + 1)


def _read_step(node: Any, lines: list[str], file: str, known: Known) -> Script:
    """A literal block is read from its own lines, so that columns are those of the file."""
    line = node.start_mark.line
    if node.style == "|":
        block = "\n".join(lines[line + 1 : node.end_mark.line])
        return _read(block, file, line + 2, 1, known)
    quote = 1 if node.style in ("'", '"') else 0
    return _read(node.value, file, line + 1, node.start_mark.column + 1 + quote, known)


def _read(text: str, file: str, line: int, column: int, known: Known) -> Script:
    places: dict[str, Expansion] = {}
    anchors = [(0, 0)]
    made: list[str] = []
    length = end = 0
    for match in _EXPRESSION.finditer(text):
        name = match["name"] or ""
        piece = "$PWD" if name in _FOLDERS else known.values.get(name, "")
        if not piece:
            piece = chr(_FIRST_PLACE + len(places) % _MOST_PLACES)
            places[piece] = _open(match[0], name)
        made += [text[end : match.start()], piece]
        length += match.start() - end + len(piece)
        end = match.end()
        anchors += [(length - len(piece), match.start()), (length, end)]
    positions = Positions(text, file=file, line=line, column=column).of_made(anchors)
    return read_text("".join([*made, text[end:]]), positions, "bash", places, known)


def _open(written: str, name: str) -> Expansion:
    """What only the pipeline knows; a shell that is given another's signs would take them for
    words."""
    if written.startswith("$"):
        return Expansion(source=written, kind="variable", quoted=True)
    called = name or re.sub(r"\W+", "_", written).strip("_")
    (made,) = asked_for(called, f"what {written} stands for", empty=True).expansions
    return made


_GPU = re.compile(r"--gpus|nvidia|gpu|cuda|rocm|\ba100\b|\bh100\b", re.IGNORECASE)


class CiContainer(NamedTuple):
    """A command, where the container stands, and a note on what goes with it elsewhere."""

    text: str
    line: int
    column: int
    told: str = ""


def ci_containers(text: str, file: str) -> Iterator[CiContainer]:
    """Those of jobs that say something of GPUs; the others need no cluster for them.

    Raises InputError for a text that is not YAML.
    """
    positions = YamlPositions(text)
    for number, document in enumerate(parse_documents(text, file)):
        if not isinstance(document, dict):
            continue
        for container in (*_of_github(document), *_of_gitlab(document)):
            if _GPU.search(container.wanted):
                yield CiContainer(
                    container.made, *positions.of(container.path, number), container.told
                )


class _Found(NamedTuple):
    """The path, the command, and the text in which GPUs may be asked for."""

    path: tuple[str, ...]
    made: str
    wanted: str
    told: str = ""


def _of_github(document: dict[str, Any]) -> Iterator[_Found]:
    """The container that the steps of a job run in, and its services, each a container."""
    for name, job in _map(document.get("jobs")).items():
        if not isinstance(job, dict):
            continue
        at, services = ("jobs", str(name)), _map(job.get("services"))
        words, image = _of_docker(job.get("container"), document.get("env"), job.get("env"))
        if image:
            steps = [step for step in _list(job.get("steps")) if isinstance(step, dict)]
            made = _command(words, image, [*_script(steps)], replaced=True)
            used = [str(step["uses"]) for step in steps if "uses" in step]
            left = [f"the steps that use {', '.join(used)}"] if used else []
            left += [f"the services {', '.join(services)}"] if services else []
            message = (
                f"{' and '.join(left)} are not carried over: have the job fetch its code itself"
            )
            wanted = f"{job.get('runs-on')} {made}"
            yield _Found((*at, "container"), made, wanted, message if left else "")
        for service, stated in services.items():
            words, image = _of_docker(stated)
            if image:
                made = _command(["-d", *words], image, [])
                yield _Found((*at, "services", str(service)), made, made, _BESIDE.format(name))


_BESIDE = "it runs beside the job {} and ends with it: stop it when that is done"


def _of_docker(container: Any, *variables: Any) -> tuple[list[str], str]:
    """Options of `docker run` as a container of GitHub says them, and its image; empty for none."""
    stated = {"image": container} if isinstance(container, str) else container
    if not isinstance(stated, dict) or not isinstance(stated.get("image"), str):
        return [], ""
    words = [str(stated["options"])] if stated.get("options") else []
    words += _variables(*variables, stated.get("env"))
    for flag, key in (("-v", "volumes"), ("-p", "ports")):
        words += [word for entry in _list(stated.get(key)) for word in (flag, _quoted(str(entry)))]
    return words, stated["image"].removeprefix("docker://")


def _script(steps: list[dict[str, Any]]) -> Iterator[str]:
    """The texts of the steps, each with its own variables and in its own folder."""
    for step in steps:
        if "run" not in step:
            continue
        own = [f"{key}={_quoted(str(value))}" for key, value in _map(step.get("env")).items()]
        if own:
            yield f"export {' '.join(own)}"
        folder = step.get("working-directory")
        yield f"(cd {folder}\n{step['run']})" if isinstance(folder, str) else str(step["run"])


def _of_gitlab(document: dict[str, Any]) -> Iterator[_Found]:
    shared = {**_map(document.get("default")), **document}
    for name, job in document.items():
        if not isinstance(job, dict) or "script" not in job:
            continue
        image = job.get("image", shared.get("image"))
        replaced = isinstance(image, dict) and "entrypoint" in image
        image = image.get("name") if isinstance(image, dict) else image
        if isinstance(image, str):
            before = _list(job.get("before_script", shared.get("before_script")))
            script = [str(line) for line in (*before, *_list(job["script"]))]
            words = _variables(document.get("variables"), job.get("variables"))
            made = _command(words, image, script, replaced=replaced)
            wanted = f"{job.get('tags', shared.get('tags'))} {image}"
            yield _Found((str(name),), made, wanted, _CLONED)


_CLONED = "the runner clones the repository first: have the job fetch its code itself"


def _variables(*stated: Any) -> list[str]:
    """`-e NAME=VALUE` of each; a later one of a name counts."""
    both = {key: value for block in stated for key, value in _map(block).items()}
    values = {
        key: value.get("value", "") if isinstance(value, dict) else value
        for key, value in both.items()
    }
    shown = {
        key: str(value).lower() if isinstance(value, bool) else value
        for key, value in values.items()
    }
    pairs = (_quoted(f"{key}={value}") for key, value in shown.items())
    return [word for pair in pairs for word in ("-e", pair)]


def _command(words: list[str], image: str, script: list[str], *, replaced: bool = False) -> str:
    """`replaced`: the image's entrypoint does not run, as the runner starts its own."""
    steps = ["-e", "-c", shlex.quote("\n".join(script))] if script else []
    shell = ["--entrypoint", "bash"] if script and replaced else []
    steps = ["bash", *steps] if script and not replaced else steps
    return " ".join(["docker run", *words, *shell, _quoted(image), *steps])


def _quoted(text: str) -> str:
    """The text quoted as one word; in double quotes where the workflow fills in an expression."""
    return f'"{text}"' if "${{" in text else shlex.quote(text)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
