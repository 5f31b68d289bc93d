"""devcontainer.json as the `docker run` that an editor makes of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from advisor.errors import InputError
from advisor.facts.secrecy import redact_text
from advisor.jobs.ledger import Item
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Expansion, Word, joined, word
from advisor.readers.script_jobs import as_built
from advisor.readers.shell.command import Positions, Script, ShellCommand
from advisor.readers.shell.variables import NOTHING, Known
from advisor.readers.sources.tasks import without_comments

_REFERENCE = re.compile(r"\$\{(?P<kind>\w+)(?::(?P<name>[^:}]*)(?::(?P<default>[^}]*))?)?\}")
_PLACE_OF_ERROR = re.compile(r"\(byte (\d+)\)")
_SHARES = "type=bind,source=${localWorkspaceFolder},target="
_FOLDER_NAME = Expansion(source='$(basename "$PWD")', kind="command", quoted=True)


class _Flag(NamedTuple):
    """Words for one value, and the offset of the key they come from."""

    words: tuple[Word, ...]
    offset: int


def read_devcontainer(text: str, file: str, known: Known = NOTHING) -> Script:
    """The one command; none where a compose file says what to start.

    Raises InputError for what is no JSON object.
    """
    bare = without_comments(text)
    positions = Positions(text, file=file)
    settings = _decoded(bare, positions)
    if "dockerComposeFile" in settings:
        return Script()
    return _Container(bare, settings, positions, file, known).read()


def _decoded(bare: str, positions: Positions) -> dict[str, Any]:
    try:
        settings = msgspec.json.decode(bare.encode(errors="replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        at = _error_offset(bare, str(error))
        raise positions.error("not JSON", at, "check commas and brackets there") from None
    if not isinstance(settings, dict):
        raise positions.error("not a JSON object", 0)
    return settings


def _error_offset(bare: str, message: str) -> int:
    """Where the decoder stopped; the end when it wanted more."""
    match = _PLACE_OF_ERROR.search(message)
    if match is None:
        return len(bare)
    return len(bare.encode(errors="replace")[: int(match[1])].decode(errors="replace"))


def _other_items(text: str, file: str) -> tuple[Item, ...]:
    """The keys that became no flag of `docker run`, for the ledger."""
    bare = without_comments(text)
    positions = Positions(text, file=file)
    settings = _decoded(bare, positions)
    container = _Container(bare, settings, positions, file, NOTHING)
    return tuple(
        Item(
            name=key,
            written=key,
            value=redact_text(_shown(value))[0],
            place=positions.place(container.offset(key)),
            **container.origin(key),
        )
        for key, value in settings.items()
        if not container.is_flag(key)
    )


def opened(jobs: Sequence[JobSpec], text: str, file: str) -> tuple[JobSpec, ...]:
    """The jobs as of somebody who opens a devcontainer and works in it; an image that the editor
    builds is on its machine alone."""
    more = _other_items(text, file) if jobs else ()
    builds = any((_BUILDS,) in item.sets for item in more)
    made: list[JobSpec] = []
    for job in jobs:
        run = job.run and replace(job.run, interactive=True, terminal=True)
        job = replace(job, run=run, kind="devcontainer", items=(*job.items, *more))
        made.append(as_built(job) if builds else job)
    return tuple(made)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


_BUILDS = "devcontainer_build"
_UNKNOWN_KEY = "devcontainer_unknown"
_OTHER_KEYS = {
    **dict.fromkeys(
        ("onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand"),
        "devcontainer_lifecycle",
    ),
    **dict.fromkeys(("postAttachCommand", "initializeCommand"), "devcontainer_attach"),
    **dict.fromkeys(("build", "dockerFile", "dockerfile", "context"), _BUILDS),
    **dict.fromkeys(("features", "overrideFeatureInstallOrder"), "devcontainer_features"),
    "hostRequirements": "devcontainer_host",
    "secrets": "devcontainer_secrets",
    "updateRemoteUserUID": "devcontainer_user",
    "forwardPorts": "devcontainer_ports",
    "appPort": "devcontainer_ports",
    **dict.fromkeys(
        ("customizations", "extensions", "settings", "portsAttributes", "otherPortsAttributes"),
        "devcontainer_editor",
    ),
    **dict.fromkeys(
        ("waitFor", "name", "$schema", "userEnvProbe", "shutdownAction", "devPort"),
        "devcontainer_editor",
    ),
}
"""Parts of rules/catalog/lost_parts.yaml, by key."""


class _Container:
    def __init__(
        self,
        bare: str,
        settings: dict[str, Any],
        positions: Positions,
        file: str,
        known: Known,
    ) -> None:
        self._known = known
        self._bare = bare
        self._settings = settings
        self._positions = positions
        self._project = _project(file)

    def read(self) -> Script:
        image, at = self._image()
        if image is None:
            return Script()
        flags = [
            _Flag((word("docker"), word("run")), at),
            *self._workspace(),
            *(flag for key, read in _KEYS.items() for flag in read(self, key)),
            _Flag((image,), at),
            *self._command(at),
        ]
        place = self._positions.place(at)
        return Script(
            commands=(
                ShellCommand(
                    words=tuple(self._known.settled(word) for flag in flags for word in flag.words),
                    positions=tuple(
                        self._positions.place(flag.offset) for flag in flags for _ in flag.words
                    ),
                    place=place,
                    source="",
                    end_line=place.line,
                ),
            )
        )

    def is_flag(self, key: str) -> bool:
        """Whether words of the command come from the key, so that their items tell of it."""
        if key == "workspaceMount":
            return bool(self._settings[key])
        return key in ("image", "workspaceFolder") or (key in _KEYS and any(_KEYS[key](self, key)))

    def origin(self, key: str) -> dict[str, Any]:
        """What an item of a key without words sets, or why it sets nothing."""
        value = self._settings[key]
        if key == "overrideCommand" and value is False:
            before = any(_lines(self._settings.get(key)) for key in _BEFORE)
            return {"sets": (("devcontainer_override",),)} if before else {"idle": "as-it-says"}
        if key == "workspaceMount":
            return {"idle": "as-it-says"}
        if key == "overrideCommand" or value in (None, False, "", [], {}):
            return {"idle": "usual" if value else "empty"}
        if key == "remoteUser":
            return {"idle": "overruled"}
        return {"sets": ((_OTHER_KEYS.get(key, _UNKNOWN_KEY),),)}

    def _image(self) -> tuple[Word | None, int]:
        """The image; one that is built gets the local name that the editor gives it."""
        if "image" in self._settings:
            return self._word("image", self._settings["image"]), self.offset("image")
        for key in ("build", "dockerFile"):
            if key in self._settings:
                name = re.sub(r"[^a-z0-9_.-]", "-", self._project.lower()).strip("-._")
                return word(f"vsc-{name or 'workspace'}"), self.offset(key)
        return None, 0

    def _command(self, at: int) -> Iterator[_Flag]:
        """What keeps it there for whoever opens it, behind what is run before that."""
        lines = [(key, line) for key in _BEFORE for line in _lines(self._settings.get(key))]
        if lines:
            text = " && ".join(line for _, line in lines)
            words = (word("sh"), word("-c"), self._expanded(f"{text}; sleep infinity"))
            yield _Flag(words, self.offset(lines[0][0]))
        elif self._settings.get("overrideCommand") is not False:
            yield _Flag((word("sleep"), word("infinity")), at)

    def _workspace(self) -> Iterator[_Flag]:
        at = self.offset("workspaceMount")
        mount = self._settings.get("workspaceMount")
        target = self._folder()
        if isinstance(mount, str) and mount:
            yield _Flag((word("--mount"), self._expanded(mount)), at)
        elif not isinstance(mount, str):
            yield _Flag((word("--mount"), self._expanded(_SHARES) + target), at)
        if "workspaceFolder" in self._settings or not isinstance(mount, str):
            yield _Flag((word("-w"), target), self.offset("workspaceFolder"))

    def _folder(self) -> Word:
        folder = self._settings.get("workspaceFolder")
        if isinstance(folder, str):
            return self._expanded(folder)
        return joined(["/workspaces/", self._project or _FOLDER_NAME])

    def variables(self, key: str) -> Iterator[_Flag]:
        """`containerEnv` and `remoteEnv`."""
        for name, value in self._mapping(key).items():
            if isinstance(value, str):
                made = word(f"{name}=") + self._expanded(value)
                yield _Flag((word("-e"), made), self.offset(name, after=self.offset(key)))

    def mounts(self, key: str) -> Iterator[_Flag]:
        """`mounts`: text as of `--mount`, or an object of the same fields."""
        for value in self._list(key):
            written = value
            if isinstance(value, dict):
                written = ",".join(f"{name}={entry}" for name, entry in value.items())
            yield _Flag((word("--mount"), self._word(key, written)), self.offset(key))

    def arguments(self, key: str) -> Iterator[_Flag]:
        """`runArgs`."""
        for value in self._list(key):
            yield _Flag((self._word(key, value),), self.offset(key))

    def user(self, key: str) -> Iterator[_Flag]:
        """`remoteUser`, where `containerUser` does not say it already."""
        if key in self._settings and (
            key == "containerUser" or "containerUser" not in self._settings
        ):
            yield _Flag((word("-u"), self._word(key, self._settings[key])), self.offset(key))

    def ports(self, key: str) -> Iterator[_Flag]:
        """`forwardPorts` and `appPort`; `host:port` of another container is not this one's."""
        values = self._settings.get(key, [])
        for value in values if isinstance(values, list) else [values]:
            text = f"{value}:{value}" if isinstance(value, int) else str(value)
            if re.fullmatch(r"\d+(?::\d+)?", text):
                yield _Flag((word("-p"), word(text)), self.offset(key))

    def host(self, key: str) -> Iterator[_Flag]:
        """`hostRequirements`: an editor gives all GPUs where one is asked for."""
        stated = any(str(argument).startswith("--gpus") for argument in self._list("runArgs"))
        if self._mapping(key).get("gpu") and not stated:
            yield _Flag((word("--gpus"), word("all")), self.offset(key))

    def switch(self, key: str) -> Iterator[_Flag]:
        """`init` and `privileged`."""
        if self._settings.get(key) is True:
            yield _Flag((word(f"--{key}"),), self.offset(key))

    def capabilities(self, key: str) -> Iterator[_Flag]:
        """`capAdd` and `securityOpt`."""
        flag = "--cap-add" if key == "capAdd" else "--security-opt"
        for value in self._list(key):
            yield _Flag((word(flag), self._word(key, value)), self.offset(key))

    def _word(self, key: str, value: object) -> Word:
        if not isinstance(value, str):
            raise self._wrong(key, "text")
        return self._expanded(value)

    def _list(self, key: str) -> list[Any]:
        value = self._settings.get(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return value

    def _mapping(self, key: str) -> dict[str, Any]:
        value = self._settings.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, "an object")
        return value

    def _wrong(self, key: str, wanted: str) -> InputError:
        return self._positions.error(f"`{key}` needs {wanted}", self.offset(key))

    def offset(self, key: str, after: int = 0) -> int:
        match = re.compile(rf'"{re.escape(key)}"\s*:').search(self._bare, after)
        return match.start() if match else after

    def _expanded(self, text: str) -> Word:
        parts: list[str | Expansion] = []
        end = 0
        for match in _REFERENCE.finditer(text):
            parts += [text[end : match.start()], *self._reference(match)]
            end = match.end()
        return joined([*parts, text[end:]])

    def _reference(self, match: re.Match[str]) -> tuple[str | Expansion, ...]:
        kind, name = match["kind"], match["name"] or ""
        if kind in ("localEnv", "env") and name:
            source = f"${{{name}:-{match['default']}}}" if match["default"] else f"${{{name}}}"
            return (Expansion(source=source, kind="variable", name=name, quoted=True),)
        if kind == "localWorkspaceFolder":
            return (Expansion(source="$PWD", kind="variable", name="PWD", quoted=True),)
        if kind.endswith("WorkspaceFolderBasename"):
            return (self._project or _FOLDER_NAME,)
        if kind == "containerWorkspaceFolder" and match[0] not in str(
            self._settings.get("workspaceFolder")
        ):
            return self._folder().parts
        return (Expansion(source=match[0], kind="variable", quoted=True),)


_BEFORE = ("onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand")


def _lines(stated: Any) -> Iterator[str]:
    """A lifecycle command: a line for the shell, words, or several under names of their own."""
    if isinstance(stated, str) and stated.strip():
        yield stated.strip()
    elif isinstance(stated, list) and stated:
        yield shlex.join(str(argument) for argument in stated)
    elif isinstance(stated, dict):
        for entry in stated.values():
            yield from _lines(entry)


def _project(file: str) -> str:
    """The name of the folder that the settings are for, empty when the path does not tell."""
    folders = PurePath(file).parts[:-1]
    if ".devcontainer" in folders:
        folders = folders[: folders.index(".devcontainer")]
    name = folders[-1] if folders else ""
    return "" if name in ("/", "..", ".") else name


_KEYS: dict[str, Callable[[_Container, str], Iterator[_Flag]]] = {
    "containerEnv": _Container.variables,
    "remoteEnv": _Container.variables,
    "mounts": _Container.mounts,
    "forwardPorts": _Container.ports,
    "appPort": _Container.ports,
    "containerUser": _Container.user,
    "remoteUser": _Container.user,
    "init": _Container.switch,
    "privileged": _Container.switch,
    "capAdd": _Container.capabilities,
    "securityOpt": _Container.capabilities,
    "hostRequirements": _Container.host,
    "runArgs": _Container.arguments,
}
