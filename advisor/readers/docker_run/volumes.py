"""`--volume` and `--tmpfs`, as the docker command reads them."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from advisor.jobs.numbers import parse_size
from advisor.readers.masking import is_veiled


class Volume(NamedTuple):
    """A `--volume`; `source` is empty for an anonymous one."""

    source: str
    target: str
    bind: bool = False
    read_only: bool = False
    options: tuple[str, ...] = ()


class Tmpfs(NamedTuple):
    """A `--tmpfs`; `size` in bytes, or the text of one that the shell decides."""

    target: str
    size: int | str | None = None
    read_only: bool = False
    options: tuple[str, ...] = ()


def parse_volume(text: str) -> Volume:
    """`[SOURCE:]TARGET[:OPTIONS]`; a drive letter's colon does not count. Raises ValueError."""
    if not text:
        raise ValueError("empty")
    if len(text.encode(errors="surrogatepass")) <= 2:
        return Volume(source="", target=text)
    parts = _sections(text)
    if "" in parts:
        raise ValueError("nothing between two colons")
    if len(parts) == 1:
        return Volume(source="", target=parts[0])
    if len(parts) > 3:
        raise ValueError("too many colons")
    options = tuple(parts[2].split(",")) if len(parts) == 3 else ()
    return Volume(
        source=parts[0],
        target=parts[1],
        bind=_is_path(parts[0]),
        read_only="ro" in options,
        options=tuple(option for option in options if option not in ("ro", "rw")),
    )


def parse_tmpfs(text: str) -> Tmpfs:
    """`TARGET[:OPTIONS]`; the options are mount's and not checked before the container starts."""
    target, _, rest = text.partition(":")
    options = [option for option in rest.split(",") if option]
    sizes = [option for option in options if _size(option) is not None]
    return Tmpfs(
        target=target,
        size=_size(sizes[-1]) if sizes else None,
        read_only="ro" in options,
        options=tuple(option for option in options if option not in sizes and option != "ro"),
    )


def _size(option: str) -> int | str | None:
    """The size of `size=`; None for another option, or for a share of the machine's memory."""
    name, _, text = option.partition("=")
    try:
        return None if name != "size" else text if is_veiled(text) else parse_size(text)
    except ValueError:
        return None


def _sections(text: str) -> list[str]:
    sections, current = [], ""
    for character in text:
        if character == ":" and not (len(current) == 1 and _is_letter(current)):
            sections.append(current)
            current = ""
        else:
            current += character
    return [*sections, current]


def _is_letter(character: str) -> bool:
    return unicodedata.category(character).startswith("L")


def _is_path(source: str) -> bool:
    """A path and not a volume's name; what the shell puts in front is taken for a path."""
    if source[0] in "./~" or is_veiled(source[0]) or source.startswith("\\\\"):
        return True
    return len(source) > 1 and _is_letter(source[0]) and source[1] == ":"
