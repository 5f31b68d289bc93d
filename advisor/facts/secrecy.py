"""Secrets taken out of command lines, labels and options before anything is stored."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from advisor.facts.secret_shapes import (
    IMAGE_LOGIN,
    SHAPES,
    URL_CREDENTIALS,
    has_secret_shape,
    is_trivial,
    looks_secret,
)

__all__ = ["MARK", "looks_secret", "redact_image", "redact_mapping", "redact_text", "redact_words"]

MARK = "[redacted]"
PUNCTUATION = "\"',;{}()"

ASSIGNMENT = re.compile(r"(-{0,2}[A-Za-z_][\w.-]*)=(.*)", re.DOTALL)
PAIR = re.compile(r"(?<![\w.-])([A-Za-z_][\w.-]*)(=)([^,;&\s\"']+)")
QUOTED_PAIR = re.compile(r"(?<=[\"'])([A-Za-z_][\w.-]*)([\"']\s*:\s*[\"'])([^\"']+)")
HEADER = re.compile(r"([A-Za-z_][\w.-]*)(:\s*)(.+)", re.DOTALL)
TOKEN = re.compile(r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\S)+")
# Also the first word of a command in $( or backticks, whose rest are words of their own.
REFERENCE = re.compile(
    r"[\"']?(?:\$(?:(?P<name>\w+)|\{[^}]*\}|\(.*\)|\(\w*)|`\w*|`.*`)[\"']?", re.DOTALL
)
FLAG = re.compile(r"-[A-Za-z]|-{1,2}[A-Za-z][\w-]*(?:=.*)?", re.DOTALL)
LONGEST_KEPT = 64
LONGEST_SINGLE_DASH_FLAG = 12

# Per program: options whose value is a secret, apart and joined to it.
PROGRAMS: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump"), ((), "-p")),
    **dict.fromkeys(("mongo", "mongosh", "mongodump", "mongorestore"), (("-p",), "")),
    "sshpass": (("-p",), "-p"),
    "redis-cli": (("-a",), ""),
    "login": (("-p",), ""),
    **dict.fromkeys(("curl", "wget"), (("-u", "--user", "-U", "--proxy-user"), "")),
}
HEADER_FLAGS = frozenset({"-H", "--header"})
SCRIPT_FLAGS = frozenset({"-c", "-lc", "-ec", "-exc", "-xc"})
SCHEMES = frozenset({"bearer", "basic", "token", "digest"})


def redact_words(words: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """A command's words with each secret value replaced by MARK, and how many were.

    References such as `$TOKEN` stay. Doing it again changes nothing and counts nothing.
    """
    redacted: list[str] = []
    program: tuple[tuple[str, ...], str] = ((), "")
    awaiting, before = False, ""
    for word in words:
        if awaiting and not _is_flag(word):
            new = _hide_unless_scheme(word)
            awaiting = word.lower() in SCHEMES
        else:
            program = PROGRAMS.get(os.path.basename(word), program)
            new = _redact_after(before, word, program[1])
            awaiting = word in program[0] or _announces_secret(word)
        redacted.append(new)
        before = word
    count = sum(old != new for old, new in zip(words, redacted, strict=True))
    return tuple(redacted), count


def redact_text(text: str) -> tuple[str, int]:
    """A script, label or other free text with its secrets replaced, and how many were."""
    tokens = list(TOKEN.finditer(text))
    if len(tokens) == 1 and tokens[0].group() == text:
        new = _redact_token(text)
        return new, int(new != text)
    shaped = _redact_shapes(QUOTED_PAIR.sub(_redact_pair, text))
    tokens = list(TOKEN.finditer(shaped))
    words, count = redact_words([token.group() for token in tokens])
    pieces, end = [], 0
    for token, word in zip(tokens, words, strict=True):
        pieces += [shaped[end : token.start()], word]
        end = token.end()
    return "".join([*pieces, shaped[end:]]), count + int(shaped != text)


def redact_image(reference: str) -> str:
    """An image reference with a login before its registry replaced, and nothing else: the name of
    an image may look like a token."""
    return IMAGE_LOGIN.sub(MARK, reference) if "@" in reference else reference


def redact_mapping(options: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """Labels or volume options with secret values replaced, and how many were."""
    redacted = {}
    for name, value in options.items():
        whole = looks_secret(name) and not is_trivial(value)
        redacted[name] = _hide(value) if whole else redact_text(value)[0]
    return redacted, sum(redacted[name] != value for name, value in options.items())


def _redact_after(before: str, word: str, joined: str) -> str:
    """One word of a command, given the word before it and the program's joined option."""
    if joined and word.startswith(joined) and len(word) > len(joined):
        return joined + _hide(word[len(joined) :])
    if before in SCRIPT_FLAGS:
        return redact_text(word)[0]
    header = HEADER.fullmatch(word) if before in HEADER_FLAGS else None
    if header and looks_secret(header[1], header[3]):
        return header[1] + header[2] + _hide(header[3])
    return _redact_token(word)


def _redact_token(word: str) -> str:
    """One word taken as a whole: an assignment, a quoted text, a list of pairs, a URL."""
    return _redact_short(word) if len(word) <= LONGEST_KEPT else _redact_any(word)


@lru_cache(maxsize=4096)
def _redact_short(word: str) -> str:
    """Short words come again and again: keys, flags, numbers."""
    return _redact_any(word)


def _redact_any(word: str) -> str:
    assignment = ASSIGNMENT.fullmatch(word)
    if assignment:
        name, value = assignment.groups()
        hidden = looks_secret(name) and not is_trivial(value)
        return f"{name}={_hide(value) if hidden else _redact_token(value)}"
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return word[0] + redact_text(word[1:-1])[0] + word[-1]
    if word.split() != [word] and word.strip():
        return redact_text(word)[0] if len(TOKEN.findall(word)) > 1 else _redact_pairs(word)
    return _redact_pairs(word)


def _redact_pairs(text: str) -> str:
    """Text with the values of secret-looking `name=value` and `"name": "value"` replaced."""
    for pair in (PAIR, QUOTED_PAIR):
        text = pair.sub(_redact_pair, text)
    return _redact_shapes(text)


def _redact_pair(match: re.Match[str]) -> str:
    name, between, value = match.groups()
    hidden = looks_secret(name) and not is_trivial(value)
    return f"{name}{between}{_hide(value) if hidden else value}"


def _redact_shapes(text: str) -> str:
    """Text with everything that has a known secret's shape replaced."""
    if not has_secret_shape(text):
        return text
    for shape in (URL_CREDENTIALS, *SHAPES):
        text = shape.sub(MARK, text)
    return text


def _hide(value: str) -> str:
    """MARK, unless the value is a reference to something the shell holds, or MARK already."""
    return value if _is_reference(value) or value.strip(PUNCTUATION) == MARK else MARK


def _is_reference(value: str) -> bool:
    """`$TOKEN`, `$token` and the like, but not a password such as `$ecret`."""
    match = REFERENCE.fullmatch(value)
    name = match["name"] if match else None
    return match is not None and (name is None or name.isupper() or looks_secret(name))


def _hide_unless_scheme(word: str) -> str:
    return word if word.lower() in SCHEMES or is_trivial(word) else _hide(word)


def _announces_secret(word: str) -> bool:
    """Whether the next word is a secret: `--password`, `X-Api-Key:`."""
    if word.endswith(":"):
        return looks_secret(word[:-1].strip("\"'"))
    return word.startswith("-") and "=" not in word and looks_secret(word)


def _is_flag(word: str) -> bool:
    """Whether a word is an option; a long word behind one dash may be a token that starts so."""
    single = word.startswith("-") and not word.startswith("--")
    return bool(FLAG.fullmatch(word)) and not (single and len(word) > LONGEST_SINGLE_DASH_FLAG)
