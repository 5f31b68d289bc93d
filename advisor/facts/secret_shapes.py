"""How a secret is recognised: by the name it goes under, or by the shape of its value.

What the names, programs and shapes are is data: rules/catalog/secrets.yaml.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

MARK = "[redacted]"
PUNCTUATION = "\"',;{}()\\"
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
LONGEST_NAME = 200
LONGEST_TRIVIAL_NUMBER = 3
# A value of a name that may or may not mean a secret: a word, a path, an address, an amount.
_PLAIN_VALUE = re.compile(
    r"[a-z][a-z_. -]*|[A-Z][A-Z_ -]*|[A-Z][a-z]+|[~.]?/.*|[a-z]+://.*|\.{1,2}/.*|\*.*"
    r"|<[^<>\s]{1,60}>|(?:id|type|src|source|target)=[\w./,=-]+"
    r"|\d{1,9}(?:\.\d{1,9})?[a-zA-Z%]{0,3}|[\w.-]+\.(?:pem|key|crt|pub|json|ya?ml|txt|csv|py)",
    re.DOTALL | re.ASCII,
)

# A user and a password before an image's registry: no runtime takes them, but people write them.
IMAGE_LOGIN = re.compile(
    r"(?<![\w.:/@$}-])[\w.-]{1,256}:(?!\$\{|\$[A-Z_])[^\s/\"']{1,256}"
    r"(?=@(?!sha\d+:)(?:[\w.-]|\$\{?\w+\}?)+(?::\d+)?/)"
)
# An engine takes `//` in a folder's name for `/`.
URL_CREDENTIALS = re.compile(
    r"(?:(?<=//)|(?<=https:/)|(?<=http:/)|(?<=ssh:/)|(?<=ftp:/)|(?<=git:/))"
    r"(?:[^\s/@:?#\"'$]{0,256}:(?!\$\{|\$[A-Z_])[^\s/?#\"']{1,1024}"
    r"|[A-Za-z0-9_.~-]{20,1024})(?=@)"
)
# `u:x1y2z3@proxy:3128`, without a scheme. What stands before a mail address is no user.
LOGIN_AT_HOST = re.compile(
    r"(?<![\w./@$}%-])(?!mailto:|acct:|npm:|sips?:|xmpp:)[A-Za-z][\w.-]{0,63}:(?!\$)"
    r"([^\s/@:\"',;{}]{6,256})(?=@(?!sha\d)[A-Za-z0-9][\w.-]{0,255}(?:[:\s\"',;]|\Z))"
)
# What a lone `key` must hold to be taken for one: it has many other meanings.
_RANDOM = re.compile(r"(?:[^\s:]{1,64}:)?(?=\D*\d)(?=.*[A-Za-z])[A-Za-z0-9+/_=-]{16,}", re.ASCII)
# Also the first word of a command in $( or backticks, whose rest are words of their own, what
# PowerShell and cmd write, what is put in before anything is run: `${{ secrets.TOKEN }}`, and the
# key of a cluster's Secret.
REFERENCE = re.compile(
    r"[\"']?(?:\$(?:(?P<name>\w+)|[Ee][Nn][Vv]:\w+|\{[^}]*\}|\(.*\)|\(\w*)|`\w*|`.*`|%[A-Z]\w*%"
    r"|\$?\{\{.*|(?:name=)?[\w.-]+,key=[\w.-]+)[\"']?",
    re.DOTALL,
)
SHORTEST = len("a:b@c/")
_LETTERS = re.compile(r"[a-z]+")
_COMMANDS = re.compile(r"[\w.-]+")
_SHORT_PASSWORD = re.compile(r"(?<![\w-])-p(?![\w-])")


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of names, each field as the table says; texts of words with blanks between."""

    anywhere: str
    at_the_end: str
    behind_another: str
    not_behind: str
    glued: str
    owners: str
    compound_endings: str
    key_owners: str
    open_keys: str
    exact: str
    by_value: str
    by_randomness: str
    about: str
    forms: str
    although_about: str
    token_counters: str
    switches: str
    never: str
    trivial_values: str
    sentence_words: str


class ProgramRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a program takes a secret; `programs` empty stands for any."""

    programs: str = ""
    after: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    joined: tuple[str, ...] = ()
    positions: frozenset[int] = frozenset()
    named: bool = False
    form: str = ""


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form that tells by itself; `sign` is in every text that has it."""

    id: str
    sign: str
    pattern: str


class SecretTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table of rules/catalog that says how secrets look."""

    names: Names
    programs: tuple[ProgramRule, ...]
    texts: tuple[Shape, ...]
    shapes: tuple[Shape, ...]


@lru_cache(maxsize=1)
def secret_table() -> SecretTable:
    """The table that ships with advisor; a broken one is a fault of the package."""
    import yaml12

    text = (files("advisor_rules") / "catalog" / "secrets.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml12.parse_yaml(text), SecretTable)


@lru_cache(maxsize=32)
def name_words(kind: str) -> frozenset[str]:
    """The words of one of the lists of names."""
    return frozenset(getattr(secret_table().names, kind).split())


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def looks_secret(name: str, value: str = "") -> bool:
    """Whether what goes under `name` is likely a secret; `value` is judged by its shape too.

    Files, counters and switches about a secret (PASSWORD_FILE, MAX_TOKENS) are not one.
    """
    if value and is_trivial(value):
        return False
    return names_secret(name, value) or has_secret_shape(value)


def names_secret(name: str, text: str = "", start: int = 0) -> bool:
    """Whether the name says secret, of the value that begins at `start` of the text."""
    says = _named_secret(name[-LONGEST_NAME:])
    if says in ("yes", "no"):
        return says == "yes"
    value = text[start:]
    if says == "random":
        return _RANDOM.fullmatch(value) is not None
    return bool(value) and not is_plain(value)


def names_file(name: str) -> bool:
    """Whether a name says file, so that what follows is where it is: `--from-file=token=x.txt`."""
    return name.upper().endswith(("FILE", "PATH"))


_DIGESTED = re.compile(r"[\w./:-]{1,256}@sha256:[0-9a-f]{64}", re.ASCII)


def is_plain(value: str) -> bool:
    """Whether a value is a word, a path, an address or an amount, which many things may be."""
    return _PLAIN_VALUE.fullmatch(value) is not None


def is_trivial(value: str) -> bool:
    """Whether a value is empty, a switch, a small number or an image with its digest, and so tells
    nothing to anybody."""
    if not value or value.lower() in name_words("trivial_values") or _DIGESTED.fullmatch(value):
        return True
    return value.isascii() and value.isdigit() and len(value) <= LONGEST_TRIVIAL_NUMBER


@lru_cache(maxsize=1)
def may_hold_secret(text: str) -> bool:
    """Whether anything in the text could be taken for a secret: most files hold nothing like one,
    and to know that takes a fraction of looking at each of their fields."""
    signs, lowered = _signs(), text.lower()
    return (
        any(piece in lowered for piece in signs.pieces)
        or any(word.endswith(signs.endings) for word in set(_LETTERS.findall(lowered)))
        or not signs.programs.isdisjoint(_COMMANDS.findall(lowered))
        or ("-p" in lowered and _SHORT_PASSWORD.search(lowered) is not None)
        or any(sign in text for sign in signs.shapes)
    )


class _Signs(NamedTuple):
    """Of these a text with a secret has one: pieces of names and of logins, short words that end a
    name (`pin`, but not `mapping`), programs that take a secret, and signs of shapes. They are
    looked for apart: one pattern of them all takes three times as long."""

    pieces: tuple[str, ...]
    endings: tuple[str, ...]
    programs: frozenset[str]
    shapes: tuple[str, ...]


@lru_cache(maxsize=1)
def _signs() -> _Signs:
    table = secret_table()
    names = table.names
    lists = (names.anywhere, names.at_the_end, names.behind_another, names.compound_endings)
    words = " ".join((*lists, names.exact, names.by_value, names.although_about)).lower().split()
    pieces = {"@", "?", "<<<", "</", "stdin", "sudo", "login", "machine", "identified", *words}
    pieces |= {
        "\ufffd",
        "\u200b",
        "\u200d",
        "\u00ad",
        "kinit",
        "cryptsetup",
        "expect",
        "ssws",
        "user=",
        "username=",
    }
    short = {piece for piece in pieces if piece.isalpha() and len(piece) < 4}
    whole = pieces - short
    least = [piece for piece in whole if not any(p in piece for p in whole if p != piece)]
    return _Signs(
        pieces=tuple(sorted(least)),
        endings=tuple(sorted(short)),
        programs=frozenset(" ".join(rule.programs for rule in table.programs).split()),
        shapes=tuple(dict.fromkeys(shape.sign for shape in table.shapes)),
    )


def has_secret_shape(value: str) -> bool:
    """Whether a known form of token, key or URL credentials is somewhere in `value`."""
    return without_shapes(value, "") != value


def without_shapes(text: str, mark: str) -> str:
    """The text with `mark` in place of everything that has a known secret's form."""
    if len(text) < SHORTEST:
        return text
    table = secret_table()
    text = without_texts(text, mark)
    if "@" in text:
        text = URL_CREDENTIALS.sub(mark, IMAGE_LOGIN.sub(mark, text))
        text = LOGIN_AT_HOST.sub(lambda match: match[0] if is_plain(match[1]) else mark, text)
    for shape in table.shapes:
        if shape.sign in text:
            text = compiled(shape.pattern).sub(mark, text)
    return text


def without_texts(text: str, mark: str) -> str:
    """The text with `mark` in place of each secret that what stands around it tells."""
    for shape in secret_table().texts:
        if shape.sign in text:
            text = compiled(shape.pattern).sub(lambda match: _within(match, mark), text)
    return text


def hidden(value: str) -> str:
    """MARK, unless the value is a reference to something the shell holds, or MARK already."""
    return value if is_reference(value) or value.strip(PUNCTUATION) == MARK else MARK


def is_reference(value: str) -> bool:
    """`$TOKEN`, `$token` and the like, but not a password such as `$ecret`."""
    match = REFERENCE.fullmatch(value.rstrip(":,;.")) or REFERENCE.fullmatch(bare(value))
    name = match["name"] if match else None
    return match is not None and (name is None or name.isupper() or looks_secret(name))


def bare(word: str) -> str:
    """A word of a list or an object without the signs around it; `${X}` keeps its own bracket."""
    text = word.strip(PUNCTUATION)
    closing = {"${": "}", "$(": ")"}.get(text[:2], "")
    return text + closing if closing and f"{text}{closing}" in word else text


def _within(match: re.Match[str], mark: str) -> str:
    """The match with its group replaced, unless that is a reference or replaced already."""
    start, end = match.span(1)
    secret = match[1].strip("\"'")
    if secret.startswith("$") or (mark and secret == mark):
        return match[0]
    return match[0][: start - match.start()] + mark + match[0][end - match.start() :]


@lru_cache(maxsize=4096)
def _named_secret(name: str) -> str:
    """What the name alone says: `yes`, `no`, or `by value` or `random` where the value decides."""
    if not name.isascii():
        # Characters that nobody sees, or that stand for bytes that are no text, part no word.
        name = "".join(char for char in name if char.isprintable() and char != "\ufffd")
    stem, _, last = name.replace("-", "_").rpartition("_")
    while (
        stem
        and last.upper() in name_words("forms")
        and not name.upper().endswith(_although_about())
    ):
        name = stem.removesuffix("_FILE")
        stem, _, last = name.rpartition("_")
    upper = name.upper().lstrip("-").replace("-", "_").replace(".", "_")
    words = [word.upper() for word in WORD.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words or upper in name_words("never"):
        return "no"
    if upper in name_words("exact") or "_".join(words).endswith(_although_about()):
        return "yes"
    if upper.endswith("SECRET_ID"):
        return "random"
    if name == "--secret":
        # Of an engine's commands it is the name of one.
        return "by value"
    if words[-1] in name_words("about") or words[0] in name_words("switches"):
        return "no"
    # Whether a name of these words means a secret; none of them is a qualifier.
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    endings = tuple(name_words("compound_endings"))
    if name_words("anywhere").intersection(words) or last.endswith(endings):
        return "yes"
    if any(
        last.removesuffix(ending).endswith(_owners())
        for ending in name_words("glued")
        if last.endswith(ending)
    ):
        return "yes"
    if last == "KEY" and before in name_words("key_owners"):
        return "yes"
    if last == "KEY" and (not before or before in name_words("open_keys")):
        return "no" if before else "random"
    if last in name_words("behind_another") and before not in ("", *name_words("not_behind")):
        return "yes"
    if before in name_words("token_counters"):
        return "no"
    if last in name_words("at_the_end"):
        return "yes"
    if last in name_words("by_value"):
        return "by value"
    if name_words("by_randomness").intersection((*words[:-1], last)):
        return "random"
    # What follows a dot is a part of what is named before it.
    return "random" if "." in name and _named_secret(name.rpartition(".")[0]) != "no" else "no"


@lru_cache(maxsize=1)
def _although_about() -> tuple[str, ...]:
    return tuple(name_words("although_about"))


@lru_cache(maxsize=1)
def _owners() -> tuple[str, ...]:
    return tuple(name_words("owners"))
