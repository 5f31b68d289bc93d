"""The word that names the image, and words before it that only the shell can read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from advisor.facts.image_reference import is_image_id, parse_reference
from advisor.jobs.word import Expansion
from advisor.readers.masking import Veil, is_veiled

_IMAGE_NAME = re.compile(r"IMAGE|IMG|TAG|REPO|REGISTRY|CONTAINER|DOCKER_NAME", re.IGNORECASE)
_OPTIONS_NAME = re.compile(
    r"OPT|ARG|FLAG|PARAM|MOUNT|VOL|GPU|ENV|PORT|RUNTIME|EXTRA|DEVICE|INTERACTIVE", re.IGNORECASE
)
_GIVES_IMAGE = re.compile(
    r"\b(?:docker|podman|nerdctl|buildah)\s+(?:image\s+|buildx\s+)?(?:build|bud|images?|load|pull)\b"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")


def check_image(text: str, fail: Callable[[str], NoReturn]) -> None:
    """Fails for a name that docker refuses; one that the shell completes is not judged."""
    if is_veiled(text) or is_image_id(text) or _DIGEST.fullmatch(text):
        return
    try:
        parse_reference(text)
    except ValueError as error:
        fail(f"the image: {error}")


def option_words(veil: Veil) -> Callable[[int], bool]:
    """Whether a word before the image stands for flags that only the shell knows.

    A word that is one expansion may be either. Its name decides, then whether a flag follows.
    """

    def stands_for_options(number: int) -> bool:
        parts = veil.word(veil.texts[number]).parts
        if len(parts) != 1 or not isinstance(parts[0], Expansion):
            return False
        return _is_options(parts[0], veil, number + 1)

    return stands_for_options


def _is_options(expansion: Expansion, veil: Veil, following: int) -> bool:
    several = not expansion.quoted or "[@]" in expansion.source
    if not several or following >= len(veil.texts) or _GIVES_IMAGE.search(expansion.source):
        return False
    if re.search(r"[-+=?\s]-", expansion.source):
        return True
    if _IMAGE_NAME.search(expansion.source):
        return False
    if _OPTIONS_NAME.search(expansion.source):
        return True
    return veil.texts[following].startswith("-")
