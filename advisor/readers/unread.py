"""Commands among the words of another, and commands and files that speak of a job and cannot be
read as one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch, translate
from functools import cache

from msgspec.structs import replace

from advisor.catalogs import load_catalog
from advisor.facts.record import Record
from advisor.jobs.word import Expansion
from advisor.readers.shell.command import Positions, ShellCommand, with_places

_STARTERS = frozenset(
    {
        *("alias", "bash", "dash", "eval", "flock", "ksh", "parallel", "pdsh", "runuser", "sbatch"),
        *("screen", "script", "sh", "srun", "ssh", "su", "tmux", "trap", "watch", "xargs", "zsh"),
    }
)
"""Programs that run the command they are given as words."""

_JOB = re.compile(
    r"\b(?P<job>(?:nvidia-docker|docker|podman|nerdctl)(?:\s+container)?\s+(?:run|create)"
    r"|runai(?:-[\w-]+)?(?:\s+[a-z]+){0,2}\s+submit|enroot\s+start"
    r"|(?:apptainer|singularity)\s+(?:exec|run|shell))\b"
)


_WRAPPERS = frozenset(
    {
        *("alias", "bash", "chrt", "dash", "dbus-run-session", "flock", "ksh", "mpiexec", "mpirun"),
        *(
            "nohup",
            "numactl",
            "runuser",
            "sbatch",
            "screen",
            "script",
            "setsid",
            "sg",
            "sh",
            "srun",
        ),
        *("ssh", "su", "sudo", "systemd-run", "taskset", "timeout", "tmux", "unbuffer", "zsh"),
    }
)
"""Programs whose command among their words is read."""

_WRITTEN_JOB = re.compile(
    r"(?:^|[\s;&|(])(?:sudo\s+)?(?:[\w./~-]*/)?(?:(?:nvidia-docker|docker|podman|podman-hpc|nerdctl)"
    r"(?:\s+container)?\s+(?:run|create)|runai(?:-[\w-]+)?(?:\s+[a-z]+){0,2}\s+submit"
    r"|(?:apptainer|singularity)\s+(?:exec|run|shell)|srun\b.*--container-image)[\s=]"
)
_PROGRAM = re.compile(
    r"(?:.*/)?(?:nvidia-docker|docker|podman|podman-hpc|nerdctl|runai(?:-[\w-]+)?|apptainer|singularity|enroot"
    r"|shifter)"
)


def unwrapped(command: ShellCommand) -> Iterator[ShellCommand]:
    """The commands that the program in front starts, where they may be jobs."""
    texts = [word.text for word in command.words]
    starters = {text.rpartition("/")[2] for text in texts[:3]}
    if not starters & _WRAPPERS:
        return
    for number, text in enumerate(texts[1:], start=1):
        if _PROGRAM.fullmatch(text):
            words, positions = command.words[number:], command.positions[number:]
            yield replace(command, words=words, positions=positions, place=positions[0])
            return
        named = text.startswith("--wrap=") or texts[0] == "alias"
        written = text.partition("=")[2] if named else text
        if re.search(r"\s", written) and _WRITTEN_JOB.search(f"{written} "):
            for inner in _in_text(written, command, number):
                yield from list(unwrapped(inner)) or [inner]
            return


def _in_text(text: str, command: ShellCommand, number: int) -> Iterator[ShellCommand]:
    """The commands of a text; each has the place of the word that the text is in."""
    from advisor.readers.shell.commands import read_script

    place = command.positions[number]
    script = read_script(text, file=place.file, line=place.line, column=place.column)
    for inner in script.commands:
        positions = tuple(place for _ in inner.words)
        yield replace(
            inner,
            positions=positions,
            place=place,
            source=command.source,
            end_line=command.end_line,
            exported=command.exported,
            template=command.template or inner.template,
        )


_TO_FILL_IN = re.compile(
    r"<(?P<angle>[A-Za-z](?:[\w ./:-]{0,80}[\w.])?)>|(?<![$\w{])\{(?P<brace>[A-Za-z_][\w -]*)\}"
)


def placeholder(command: ShellCommand) -> str:
    """The first `<something>` that a reader is to replace, which a shell takes for redirections, or
    the dots that stand for words."""
    if dots := next((word.text for word in command.words if word.text in ("...", "…")), ""):
        return dots
    if not any(re.match(r"<\s*[A-Za-z]", redirection) for redirection in command.redirections):
        return ""
    return next((match[0] for match in _TO_FILL_IN.finditer(command.source) if match["angle"]), "")


def to_fill_in(command: ShellCommand) -> str:
    """A placeholder in a page of text, where `{something}` may be one as well."""
    braces = (match[0] for match in _TO_FILL_IN.finditer(command.source) if match["brace"])
    return placeholder(command) or next(braces, "")


_OF_EVERYBODY = frozenset({"HOME", "HOSTNAME", "LANG", "PATH", "PWD", "SHELL", "UID", "USER"})


def asking(command: ShellCommand) -> ShellCommand | None:
    """The command with a variable that has to be given for each `<something>` in its text; None
    where there is none, or what is left is no single command."""
    parts: list[str | Expansion] = []
    end = 0
    for match in _TO_FILL_IN.finditer(command.source):
        name = re.sub(r"\W+", "_", match["angle"] or match["brace"]).upper()
        name = f"YOUR_{name}" if name in _OF_EVERYBODY else name
        asked = Expansion(source=f"${name}", kind="variable", name=name, own=True)
        parts += [command.source[end : match.start()], asked]
        end = match.end()
    if not parts:
        return None
    from advisor.readers.shell.commands import read_text

    text, places = with_places([*parts, command.source[end:]])
    place = command.place
    positions = Positions(text, file=place.file, line=place.line, column=place.column)
    script = read_text(text, positions, places=places)
    if len(script.commands) != 1 or script.problems:
        return None
    kept = {"exported": command.exported, "directory": command.directory}
    return replace(script.commands[0], **kept, template=command.template)


SUBMITS_SCRIPT = (
    "`sbatch` submits a script of its own: name that script, its `#SBATCH` lines are read"
)
GIVEN_SCRIPT = (
    "the script that `sbatch` is given here starts no container, so it is not read: put its"
    " program into an image"
)
_NOT_READ: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"(?:sudo )?sbatch\b"),
        SUBMITS_SCRIPT,
    ),
    (
        re.compile(r"(?:\w+=\S* |time )*srun\b"),
        "`srun` starts no container here, so it is not read: put its program into an image",
    ),
    (
        re.compile(r"(?:sudo )?(?:docker|podman|nerdctl)(?: container)? cp\b"),
        "what is copied into or out of a container is not carried over: mount storage that has it",
    ),
    (
        re.compile(r"(?:sudo )?(?:docker|podman)[ -]compose (?:.* )?(?:up|start|create)\b"),
        "the compose file whose services this starts is not read with it: name it as well",
    ),
    (
        re.compile(r"(?:sudo )?docker (?:service create|stack deploy)\b"),
        "a service of Docker Swarm is not read: give it as `docker run` or a compose file",
    ),
    (
        re.compile(
            r"(?:sudo )?(?:ch-run|udocker run|charliecloud|sarus run|lxc exec|crictl run)\b"
        ),
        "what this starts in a container is not read: give it as `docker run`",
    ),
    (
        re.compile(r"(?:sudo )?(?:apptainer|singularity) instance (?:start|run)\b"),
        "an instance is not read: give it as `apptainer exec IMAGE COMMAND`",
    ),
    (
        re.compile(r"(?:kubectl|oc) (?:\S+ )*?(?:run|create (?:job|deployment))\b"),
        "what `kubectl` makes of flags is not read: name what `--dry-run=client -o yaml` prints",
    ),
    (
        re.compile(
            r"(?:(?:kubectl|oc) (?:\S+ )*?(?:apply|create|replace)|runai workload submit)"
            r" .*-f(?![= ]*-(?: |$))"
        ),
        "the file that `{}` submits is not read with it: name it as well",
    ),
)


_MADE_ELSEWHERE = re.compile(
    r"(?:sudo )?(?:docker|podman|nerdctl)(?: container)? (?:exec|start) (?!--help)"
)


def made_elsewhere(commands: Iterable[ShellCommand]) -> list[str]:
    """A note on the first command of a text without jobs that is for a container of another."""
    for command in commands:
        if _MADE_ELSEWHERE.match(" ".join(word.text for word in command.words)):
            at = f"{command.place.file}:{command.place.line}:{command.place.column}"
            return [f"{at}: the container is not made here: name what makes it"]
    return []


def unread(command: ShellCommand) -> str:
    """A note on a command that looks like a job and is read as none; empty for others."""
    spoken = re.sub(r"\s+", " ", " ".join(word.text for word in command.words))
    verb = spoken.partition(" -")[0]
    if command.given is not None and re.match(r"(?:sudo )?sbatch\b", spoken):
        return GIVEN_SCRIPT
    reasons = (reason.format(verb) for pattern, reason in _NOT_READ if pattern.match(spoken))
    return hidden_job(command) or next(reasons, "")


_SEEN = re.compile(
    r"^(?!.*\b(?:echo|printf|cat|grep|alias)\b)"
    r"(?:\w+=[(\"']*|(?:[\w.]{1,80}\(|\w+[ \t]=[ \t])[bfru]{0,2}[\"']{1,3}"
    r"|(?:sudo|exec|if|then|do)[ \t]|[!&|;{( \t])*"
    r"(?P<job>(?:nvidia-docker|docker|podman|nerdctl)[ \t]+run|runai[ \t].*submit"
    r"|(?:apptainer|singularity)[ \t]+(?:exec|run))[ \t](?!-h\b|--help\b)",
    re.MULTILINE,
)


_REMARKED = re.compile(
    r"^[ \t]*#.*?\b(?P<job>(?:nvidia-docker|docker|podman|nerdctl)[ \t]+run|runai[ \t].*?\bsubmit"
    r"(?:[ \t]+[\w.${}-]+)?|(?:apptainer|singularity)[ \t]+(?:exec|run)|srun)[ \t]+-",
    re.MULTILINE,
)


def seen_in(text: str, file: str) -> tuple[str, ...]:
    """A note on a script in which no job was found, though one seems to be there."""
    match = _SEEN.search(text) or _REMARKED.search(text)
    if match is None:
        return ()
    line = text.count("\n", 0, match.start("job")) + 1
    job = re.sub(r"\s+", " ", match["job"])
    here = "in this comment" if match.re is _REMARKED else "here"
    return (f"{file}:{line}: the `{job}` {here} is not read: give it as a command of its own",)


_OBJECT = re.compile(
    r"^(?P<start>[^\n#]*)\bapiVersion[ \t]*:[ \t]*[\w.{}/$-]+[ \t]*\n"
    r"(?:(?!.*apiVersion).*\n){0,20}?[ \t]*kind[ \t]*:[ \t]*"
    r"(?P<kind>(?:Cron)?Job|Pod|Deployment|StatefulSet|DaemonSet|JobSet|LeaderWorkerSet|\w+Job"
    r"|Ray\w+|\w+Workload|InferenceService|Notebook|Workflow)\b",
    re.MULTILINE,
)


def written_objects(text: str, file: str) -> tuple[str, ...]:
    """A note on a program that writes the text of an object which may be a job."""
    match = _OBJECT.search(text)
    if match is None:
        return ()
    line = text.count("\n", 0, match.end("start")) + 1
    return (
        f"{file}:{line}: the {match['kind']} that the program writes here is not read: name the"
        " file that it writes",
    )


def conflict_in(text: str, file: str) -> tuple[str, ...]:
    """A note on a merge that nobody finished."""
    marker = re.search(r"^<{7} ", text, re.MULTILINE)
    if marker is None:
        return ()
    line = text.count("\n", 0, marker.start()) + 1
    return (f"{file}:{line}: a merge conflict is left in it: settle it first",)


def hidden_job(command: ShellCommand) -> str:
    """A note on a job among the words of a program that would start it; empty for none."""
    words = [word.text for word in command.words]
    match = _JOB.search(" ".join(words[1:]))
    starters = [word.rsplit("/", 1)[-1] for word in words[:3]]
    starter = next((name for name in starters if name in _STARTERS), "")
    if match is None or not starter:
        return ""
    job = re.sub(r"\s+", " ", match["job"])
    return f"the `{job}` that `{starter}` starts is not read: give it as a command of its own"


class ForeignFormat(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form of jobs that is not read; the table's head says what each key means."""

    what: str
    names: tuple[str, ...] = ()
    all: tuple[str, ...]
    instead: str


class ForeignCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of forms."""

    sources: dict[str, str]
    formats: tuple[ForeignFormat, ...]


@cache
def _foreign() -> tuple[tuple[ForeignFormat, tuple[re.Pattern[str], ...]], ...]:
    table = load_catalog("foreign_jobs", ForeignCatalog)
    return tuple(
        (form, tuple(re.compile(pattern, re.MULTILINE) for pattern in form.all))
        for form in table.formats
    )


def has_foreign_name(path: str) -> bool:
    """Whether a file that nobody would look into may hold jobs in a form that is not read."""
    return _foreign_names().match(os.path.basename(path).lower()) is not None


@cache
def _foreign_names() -> re.Pattern[str]:
    """All names in one pattern: every file of a folder is asked about."""
    names = (name for form, _ in _foreign() for name in form.names)
    return re.compile("|".join(map(translate, names)))


def foreign_jobs(text: str, path: str) -> str:
    """What is told of a file with jobs in a form that is not read; empty for others."""
    name = os.path.basename(path).lower()
    for form, patterns in _foreign():
        if form.names and not any(fnmatch(name, pattern) for pattern in form.names):
            continue
        found = [pattern.search(text) for pattern in patterns]
        if all(found) and found[0] is not None:
            line = text.count("\n", 0, found[0].start()) + 1
            return f"{path}:{line}:1: {form.what} is not read: {form.instead}"
    return ""
