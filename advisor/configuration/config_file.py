"""`advisor.toml`, or `[tool.advisor]` in pyproject.toml, as Settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from advisor.configuration.settings import (
    AcceleratorOverride,
    Assumption,
    Ignore,
    RuleSetting,
    Settings,
    StorageOverride,
    parse_assumption,
    parse_registry,
)
from advisor.errors import InputError, misfit, suggestion
from advisor.facts.selector import parse_selector
from advisor.files import read_bytes

OWN_FILE = "advisor.toml"
PROJECT_FILE = "pyproject.toml"

_Shape = TypeVar("_Shape", bound=msgspec.Struct)
_FREE_KEYS: dict[str, type[msgspec.Struct]] = {
    "rules": RuleSetting,
    "storage-classes": StorageOverride,
    "provisioners": StorageOverride,
    "accelerators": AcceleratorOverride,
}
"""Tables whose keys the user chooses, and what each of their entries is."""

_SYNTAX = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end.*)\)$")
_OWN_TABLE = re.compile(rb"^\s*\[+\s*tool\s*\.\s*advisor\b", re.M)

_HEADER = re.compile(r"^\s*\[+\s*(?P<name>[^\[\]]+?)\s*\]+\s*(?:#.*)?$")
_ENTRY = re.compile(r"""^(?P<indent>\s*)(?P<name>(?:[\w.\s-]|"[^"]*"|'[^']*')+?)\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^.\s"']+))\s*(?:\.|$)""")


def load_settings(path: str | None = None, *, folder: str = ".") -> Settings:
    """Settings of the file `path`, else of the configuration in `folder`, else the defaults.

    InputError with file:line:column for a file that does not parse, an unknown key or a bad value.
    """
    file = path or find_config(folder)
    return Settings() if file is None else parse_settings(read_bytes(file), name=file)


def find_config(folder: str) -> str | None:
    """`advisor.toml` in `folder`, else a pyproject.toml there that has `[tool.advisor]`."""
    own, project = Path(folder) / OWN_FILE, Path(folder) / PROJECT_FILE
    if own.is_file():
        return str(own)
    if project.is_file() and _OWN_TABLE.search(read_bytes(str(project))):
        return str(project)
    return None


def parse_settings(content: bytes, *, name: str) -> Settings:
    """The settings in the bytes of a configuration file; `name` is what a message calls it."""
    text, document = _parse_toml(content, name)
    prefix: tuple[str, ...] = ()
    if Path(name).name == PROJECT_FILE:
        prefix = ("tool", "advisor")
        document = _table(_table(document.get("tool")).get("advisor"))
    return _Reader(text, name, prefix).settings(document)


def _parse_toml(content: bytes, name: str) -> tuple[str, Mapping[str, Any]]:
    import tomllib

    try:
        text = content.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError("not UTF-8 text", where=f"{name}:{line}:1") from None
    except tomllib.TOMLDecodeError as error:
        match = _SYNTAX.match(str(error))
        last = f"{text.count(chr(10)) + 1}:{len(text.rpartition(chr(10))[2]) + 1}"
        place = f"{match['line']}:{match['column']}" if match and match["line"] else last
        what = match["what"] if match else str(error)
        raise InputError(f"not TOML: {what}", where=f"{name}:{place}") from None
    except (RecursionError, ValueError):
        what = "brackets nested too deep, or a number of more digits than can be read"
        raise InputError(what, where=name) from None


class _Reader:
    """Turns one parsed file into settings, and its faults into places in the text."""

    def __init__(self, text: str, name: str, prefix: tuple[str, ...]) -> None:
        self._text = text
        self._name = name
        self._prefix = prefix

    def settings(self, document: Mapping[str, Any]) -> Settings:
        values: dict[str, Any] = dict(document)
        for key, shape in _FREE_KEYS.items():
            if isinstance(entries := values.get(key), dict):
                values[key] = {n: self._struct(e, shape, (key, n)) for n, e in entries.items()}
        if isinstance(ignores := values.get("ignore"), list):
            values["ignore"] = [self._struct(entry, Ignore, ("ignore",)) for entry in ignores]
        if "assume" in values:
            values["assume"] = self._assumption(values["assume"])
        settings = self._struct(values, Settings, ())
        parse_selector(settings.exclude_nodes, where=self._place(("exclude-nodes",)))
        if values.get("runai") == "":
            remedy = 'name one, as in: runai = "2.25"; or leave the line out'
            raise InputError("runai: no release", where=self._place(("runai",)), remedy=remedy)
        registry = parse_registry(settings.registry, where=self._place(("registry",)))
        return msgspec.structs.replace(settings, registry=registry)

    def _assumption(self, value: object) -> Assumption:
        """The option's own text, or a table of the same keys."""
        text = value
        if isinstance(value, dict):
            text = ",".join(f"{key}={amount}" for key, amount in value.items())
        return parse_assumption(str(text), where=self._place(("assume",)))

    def _struct(self, value: object, shape: type[_Shape], path: tuple[str, ...]) -> _Shape:
        if isinstance(value, dict):
            self._check_keys(value, shape, path)
            value = {key.replace("-", "_"): entry for key, entry in value.items()}
        try:
            return msgspec.convert(value, shape)
        except msgspec.ValidationError as error:
            raise self._fault(str(error), shape, path) from None

    def _check_keys(
        self, table: Mapping[str, Any], shape: type[msgspec.Struct], path: tuple[str, ...]
    ) -> None:
        known = {field.replace("_", "-") for field in shape.__struct_fields__}
        for key in table:
            if key.replace("_", "-") not in known:
                raise InputError(
                    f"there is no setting '{key}'{suggestion(key, known)}",
                    where=self._place((*path, key)),
                    remedy="see docs/reference/configuration.md",
                )

    def _fault(
        self, message: str, shape: type[msgspec.Struct], path: tuple[str, ...]
    ) -> InputError:
        what, _, place = message.partition(" - at `$")
        inner = [re.sub(r"\[.*?\]", "", key) for key in place.rstrip("`").split(".")]
        keys = (*path, *(key.replace("_", "-") for key in inner if key))
        name = ".".join(keys)
        allowed = re.findall(r"'([\w-]+)'", str(shape.__annotations__.get(inner[-1], "")))
        if what.startswith("Invalid enum"):
            said = f"{name}: {what.replace('Invalid enum value', 'there is no')}"
            listed = f"it takes: {', '.join(allowed)}"
            return InputError(said, where=self._place(keys), remedy=listed)
        said = f"{what} - at `$.{name}`" if name else what
        told = misfit(said)
        if told == said:
            return InputError(f"{name}: {what}" if name else what, where=self._place(keys))
        quote = f'in quotes, as in: {keys[-1]} = "..."' if told.endswith("text is needed") else ""
        return InputError(told, where=self._place(keys), remedy=quote)

    def _place(self, path: tuple[str, ...]) -> str:
        line, column = _locate(self._text, (*self._prefix, *path))
        return f"{self._name}:{line}:{column}"


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _locate(text: str, path: tuple[str, ...]) -> tuple[int, int]:
    """Line and column of the key at `path`, or of the nearest table around it; else 1, 1.

    Keys inside inline tables are given the place of the line that holds them.
    """
    best, depth = (1, 1), 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = parts = _parts(header["name"])
            column = header.start("name") + 1
        elif entry := _ENTRY.match(line):
            parts = (*table, *_parts(entry["name"]))
            column = entry.start("name") + 1
        else:
            continue
        if len(parts) > depth and path[: len(parts)] == parts:
            best, depth = (number, column), len(parts)
    return best


def _parts(name: str) -> tuple[str, ...]:
    return tuple(next(filter(None, match.groups()), "") for match in _PART.finditer(name))
