"""Image names of HPC programs: of registries where they say one, else of files."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from advisor.jobs.word import Word, asked_for, word

_FILE = re.compile(r"(?:[./~$].*|.*\.(?:sqsh|sif|simg|img|squashfs|sqfs))")
_MOST_STEPS = 3
"""From a container over its file to what that was pulled from."""
_DOCKER = re.compile(r"docker:(?://)?", re.IGNORECASE)


def image_of(name: str, known: dict[str, str], *, of_container: bool = False) -> Word:
    """The image that a name stands for. One of a file or `of_container`, the name of a container on
    the machine, which no cluster can pull, is asked for loudly, unless `known` says what it was
    made of."""
    typed = name
    for _ in range(_MOST_STEPS):
        name = known.get(name, known.get(name.rpartition("/")[2], name))
    docker = _DOCKER.match(name)
    plain = name[docker.end() :] if docker else name
    foreign = not docker and re.match(r"[a-z]+://", name)
    named = docker or (not _FILE.fullmatch(plain) and not (of_container and name == typed))
    if not foreign and named and plain:
        return word(plain.rpartition("@")[2].replace("#", "/") if "#" in plain else plain)
    if variable := re.fullmatch(r"\$\{?([A-Za-z_]\w*)\}?", name):
        return asked_for(variable[1], "an image in a registry")
    what = f" with what is in {name}" if name else ""
    return asked_for("IMAGE", f"an image in a registry{what}")


def made_image(texts: Sequence[str]) -> tuple[str, str] | None:
    """The file or name that a command makes (`enroot import`, `apptainer pull`), and from what."""
    program = texts[0].rpartition("/")[2] if texts else ""
    verb = texts[1] if len(texts) > 1 else ""
    sources = [text for text in texts[2:] if _DOCKER.match(text)]
    others = [text for text in texts[2:] if not text.startswith("-") and text not in sources]
    flags = dict(itertools.pairwise(texts))
    if program in ("apptainer", "singularity") and verb in ("pull", "build") and sources:
        name = _DOCKER.sub("", sources[0]).rpartition("/")[2]
        return (others[0] if others else f"{name.replace(':', '_')}.sif"), sources[0]
    if program == "enroot" and verb == "import" and sources:
        name = _DOCKER.sub("", sources[0]).rpartition("#")[2]
        default = f"{re.sub(r'[/:]', '+', name)}.sqsh"
        return flags.get("-o") or flags.get("--output") or default, sources[0]
    if program == "enroot" and verb == "create" and others:
        made = flags.get("-n") or flags.get("--name")
        stem = re.sub(r"\.sqsh$", "", others[-1].rpartition("/")[2])
        return made or stem, others[-1]
    return None
