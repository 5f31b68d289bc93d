"""Names that Kubernetes and Run:ai take, from whatever people call their containers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from advisor.jobs.word import Word, joined, word

LONGEST_NAME = 63
_HASH_LENGTH = 8
_FOREIGN = re.compile(r"[^a-z0-9]+")
LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


def is_service_name(name: str) -> bool:
    """Whether a Service may be called so."""
    return bool(LABEL.fullmatch(name)) and name[0].isalpha()


def object_name(text: str, *, longest: int = LONGEST_NAME, taken: Collection[str] = ()) -> str:
    """A DNS-1035 label: lower case, digits and `-`, a letter first.

    Names that were cut, or are `taken`, end in a hash of the whole text, so that two texts do not
    share one by being cut.
    """
    name = _FOREIGN.sub("-", text.lower()).strip("-")
    name = name if name[:1].isalpha() else f"job-{name}".rstrip("-")
    if len(name) <= longest and name not in taken:
        return name
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_HASH_LENGTH]
    return f"{name[: longest - _HASH_LENGTH - 1].rstrip('-')}-{digest}"


def name_word(name: Word) -> Word:
    """The name of an object from a word; expansions stay, the text between them is made fit."""
    if name.literal is not None:
        return word(object_name(name.literal))
    parts = (
        _FOREIGN.sub("-", part.lower()) if isinstance(part, str) else part for part in name.parts
    )
    fit = joined(parts)
    starts_well = isinstance(fit.parts[0], str) and fit.parts[0][:1].isalpha()
    return fit if starts_well else word("job-") + fit


TAKEN = "another job has the name already, and a project takes a name once; --name gives one"


def job_name(
    name: Word | None, image: Word, taken: Mapping[str, int] = MappingProxyType({})
) -> Word:
    """The job's name, else one after its image's repository; with a number behind it where it is
    `taken`, which has by each name the number that was last put behind it."""
    own = _own_name(name, image)
    made, number = own, taken.get(own.text, 1)
    while made.text in taken:
        number += 1
        end = f"-{number}"
        short = own.literal and own.literal[: LONGEST_NAME - len(end)].rstrip("-")
        made = joined(((short,) if short else own.parts) + (end,))
    return made


def take_name(name: Word | None, image: Word, taken: dict[str, int]) -> None:
    """Note in `taken` that a job has the name that `job_name` gives it."""
    own, made = _own_name(name, image).text, job_name(name, image, taken).text
    taken[own] = taken.get(own, 0) + 1
    taken.setdefault(made, 1)


def _own_name(name: Word | None, image: Word) -> Word:
    if name is not None and name.parts:
        return name_word(name)
    # What the shell fills in is no part of the name: `$USER/nerf:$TAG` gives `nerf`.
    text = "".join(part if isinstance(part, str) else "\0" for part in image.parts)
    repository = re.split(r"[:@]", text.rsplit("/", 1)[-1])[0].replace("\0", "")
    return word(object_name(repository or "job"))
