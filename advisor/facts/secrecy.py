"""Secrets taken out of command lines, labels and options before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from advisor.facts.secret_programs import LONGEST_SINGLE_DASH_FLAG, SecretProgram
from advisor.facts.secret_shapes import (
    IMAGE_LOGIN,
    URL_CREDENTIALS,
    is_plain,
    is_trivial,
    looks_secret,
    name_words,
    names_secret,
    without_shapes,
)

__all__ = [
    "MARK",
    "VALUE_KEYS",
    "looks_secret",
    "redact_image",
    "redact_mapping",
    "redact_text",
    "redact_words",
]

MARK = "[redacted]"
PUNCTUATION = "\"',;{}()\\"
VALUE_KEYS = ("value", "default", "enum", "values", "suggestions")
"""Keys of what an object holds that has a name."""
DEEPEST = 6
"""Quotes within quotes that are opened; what is inside of more is looked through as flat text."""

NAME_AND_EQUALS = re.compile(r"-{0,2}[A-Za-z_][\w.-]*=")
PAIR = re.compile(r"(?<![\w.-])([A-Za-z_][\w.-]{0,199})(=)([^,;&\s\"']+)")
# Within the value of another pair: `target=/x?token=y`.
QUERY = re.compile(r"(?<=[?&])([A-Za-z_][\w.-]{0,199})(=)([^,;&\s\"'?]+)")
# `password='x y'`, `"password": "x"`, `os.environ["X_KEY"] = "x"`, also with quotes escaped.
QUOTED_PAIR = re.compile(
    r"(?<![\w.-])([A-Za-z_][\w.-]{0,199})(\\{0,15}[\"']?\s{0,8}\]?\s{0,8}(?:=>?|:)\s{0,8}[rbf]?"
    r"(?:\\{0,15}[\"']){1,5})(?!\s)([^\"'\\]+)"
)
# `["--password", "x"]`, `setenv("X_KEY", "x")`.
LISTED_PAIR = re.compile(
    r"(?:(?<=[\"'])(?=-)|(?<=\([\"']))(-{0,2}[A-Za-z_][\w.-]{0,199})"
    r"(\\{0,15}[\"']\s{0,8},\s{0,8}\\{0,15}[\"'])([^\"'\\]+)"
)
_QUOTES = r"[\\\"']{0,16}"
_NAME_KEY = rf"(?<![\w.-])(?:name|key){_QUOTES}\s{{0,8}}:\s{{0,8}}{_QUOTES}"
_VALUE_KEY = rf"(?<![\w.-])(?:{'|'.join(VALUE_KEYS)}){_QUOTES}\s{{0,8}}:\s{{0,8}}{_QUOTES}"
# The rest of one object: no brace, and no next element of a list.
_REST = r"(?:(?!\n\s{0,200}-\s)[^{}]){0,300}?"
_STATED = (
    r"(\[[^\[\]{}\n]{1,2000}\]|\$\{[^{}\"'\s]*\}|(?<=\")[^\"\\\n]+|(?<=')[^'\\\n]+"
    r"|[^\"'\s,{}\[\]\\]+)"
)
# `- name: HF_TOKEN` and `value: x` behind it or before it, also in JSON and with keys between.
NAMED_VALUE = re.compile(rf"{_NAME_KEY}([A-Za-z_][\w.-]{{0,199}})({_REST}{_VALUE_KEY}){_STATED}")
VALUE_NAMED = re.compile(
    rf"({_VALUE_KEY}){_STATED}(?={_REST}{_NAME_KEY}([A-Za-z_][\w.-]{{0,199}}))"
)
# `"HF_TOKEN": {"exclude": false, "value": "x"}`.
ITEM_VALUE = re.compile(
    rf"(?<![\w.-])([A-Za-z_][\w.-]{{0,199}})"
    rf"({_QUOTES}\s{{0,8}}:\s{{0,8}}\{{{_REST}{_VALUE_KEY}){_STATED}"
)
# `<password>x</password>`, `<name>a.password</name><value>x</value>`, `key="Password" value="x"`.
XML_PAIR = re.compile(r"(?<=<)([A-Za-z_][\w.:-]{0,199})(>\s{0,200})([^<>\s][^<>\n]{0,4096})(?=</)")
XML_NAMED = re.compile(
    r"(?:(?<=<name>)|(?<=key=[\"'])|(?<=name=[\"']))([^<>\"'\s]{1,200})"
    r"(</name>\s{0,200}<value>|[\"']\s{1,200}value=[\"'])([^<>\"'\n]{1,4096})"
)
HEADER = re.compile(r"(\\{0,15}[\"']?)([A-Za-z_][\w.-]*)(\s*:\s*)(.+)", re.DOTALL)
# One that is not closed runs to the end, as it does in a shell; so no part is looked at twice.
# `${X:?what to do}` is one word.
TOKEN = re.compile(
    r"(?:\"[^\"\\]*(?:\\.[^\"\\]*)*(?:\"|\Z)|'[^']*'|\$\{\w+:?\?[^{}\"']*\}|\$|[^\s\"'$]+|')+",
    re.DOTALL,
)
# Also the first word of a command in $( or backticks, whose rest are words of their own, and what
# PowerShell and cmd write.
REFERENCE = re.compile(
    r"[\"']?(?:\$(?:(?P<name>\w+)|[Ee][Nn][Vv]:\w+|\{[^}]*\}|\(.*\)|\(\w*)|`\w*|`.*`|%[A-Z]\w*%)[\"']?",
    re.DOTALL,
)
# A new line of a script, and none of a list, whose elements begin with a dash or a quote.
_LINE_BEGINS = re.compile(r"[^\S\n]*\n\s*(?=[^\s\"'\[\]-])")
OPTION_AT_END = re.compile(r"^-[A-Za-z][\w-]*$|(?<![\w-])--[A-Za-z][\w.-]*$")
FLAG = re.compile(r"-[A-Za-z]|-{1,2}[A-Za-z][\w-]*(?:=.*)?", re.DOTALL)
BLANKED = str.maketrans(dict.fromkeys("\"'\\", " "))
LONGEST_KEPT = 64
SHORTEST_VALUE = 6
RANDOM_VALUE = "x1" * 8
MANY = 500

HEADER_FLAGS = ("-H", "--header", "--proxy-header")
SCRIPT_FLAGS = frozenset({"-c", "-lc", "-ec", "-exc", "-xc", "-ic", "-ilc", "-euxc", "-euc"})
SCHEMES = frozenset({"bearer", "basic", "token", "digest"})


def redact_words(words: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """A command's words with each secret value replaced by MARK, and how many were.

    References such as `$TOKEN` stay. Doing it again changes nothing and counts nothing.
    """
    return _redact_words(words, 0)


def redact_text(text: str) -> tuple[str, int]:
    """A script, label or other free text with its secrets replaced, and how many were."""
    return _redact_text(text, 0)


def redact_image(reference: str) -> str:
    """An image reference with a login before its registry replaced, and nothing else: the name of
    an image may look like a token."""
    if "@" not in reference:
        return reference
    reference = IMAGE_LOGIN.sub(MARK, reference)
    return URL_CREDENTIALS.sub(MARK, reference) if "//" in reference else reference


def redact_mapping(options: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """Labels or volume options with secret values replaced, and how many were."""
    redacted = {}
    for name, value in options.items():
        redacted[name] = redact_named(name, value)
    return redacted, sum(redacted[name] != value for name, value in options.items())


def redact_named(name: str, value: str) -> str:
    """A value that goes under a name, without its secrets."""
    whole = looks_secret(name, value) and not is_trivial(value)
    shaped = redact_text(value)[0]
    if whole and not (shaped != value and not looks_secret(name, "x1")):
        return _hide(value)
    return shaped


def secret_values(text: str) -> tuple[str, ...]:
    """The secrets in a text, longest first, as far as no ordinary word is one of them: for what is
    cut from it in pieces that do not tell by themselves any more."""
    shown = redact_text(text)[0]
    if shown == text:
        return ()
    values: set[str] = set()
    end = 0
    first, *rest = shown.split(MARK)
    start = len(first)
    for piece in rest:
        end = text.find(piece, start + 1) if piece else len(text)
        if end < 0:
            break
        values.update(re.split(r"[:@/\s\"'\\]+", text[start:end]), [text[start:end]])
        start = end + len(piece)
    known = {value for value in values if may_be_cut(value)}
    return tuple(sorted(known, key=len, reverse=True))


def may_be_cut(value: str) -> bool:
    """Whether a secret may be cut out wherever it stands: no ordinary word is it by chance."""
    return len(value) >= SHORTEST_VALUE and not is_plain(value)


def _redact_words(
    words: Sequence[str], depth: int, starts: frozenset[int] = frozenset()
) -> tuple[tuple[str, ...], int]:
    """The words without secrets; `starts` are the numbers of those that begin a line."""
    return (_redact_many if len(words) > MANY else _redact_each)(tuple(words), depth, starts)


def _redact_each(
    words: tuple[str, ...], depth: int, starts: frozenset[int]
) -> tuple[tuple[str, ...], int]:
    redacted: list[str] = []
    program = SecretProgram()
    awaiting, before = "", ""
    for number, word in enumerate(words):
        if number in starts:
            program.begin_line()
        if not word.strip(PUNCTUATION + "[]-") and word:
            redacted.append(word)
            continue
        if awaiting and number in starts and word.endswith(":"):
            # An object of its own lines under the name; what it holds may be the secret.
            new, awaiting = word, awaiting if _holds_value(word) else ""
        elif awaiting and word.startswith(("{", "[")) and word.endswith(":"):
            new, awaiting = word, awaiting if _holds_value(word) else ""
        elif awaiting and not _is_flag(word) and not _is_of_sentence(word):
            new = _hide_unless_scheme(awaiting, word)
            awaiting = awaiting if word.lower().strip(PUNCTUATION) in SCHEMES else ""
        elif (formed := _hide_part(word, program.formed(before, word))) != word:
            new, awaiting = formed, ""
            program.meet("value")
        elif program.takes(before, word) and not is_trivial(word.strip(PUNCTUATION)):
            new = _hide_in_quotes(word)
            awaiting = ""
            program.meet("value")
        else:
            program.meet(word)
            new = _redact_after(before, word, program, depth)
            awaiting = _announces_secret(word)
        redacted.append(new)
        before = word
    count = sum(old != new for old, new in zip(words, redacted, strict=True))
    return tuple(redacted), count


_redact_many = lru_cache(maxsize=4)(_redact_each)
"""A long command passes several stages, and each takes its secrets out."""


def _redact_text(text: str, depth: int) -> tuple[str, int]:
    if depth > DEEPEST:
        return _redact_flat(text)
    tokens = list(TOKEN.finditer(text))
    if len(tokens) == 1 and tokens[0].group() == text:
        new = _redact_token(text, depth)
        return new, int(new != text)
    shaped = _redact_pairs(text, flat=False)
    new, count = _redact_tokens(shaped, list(TOKEN.finditer(shaped)), depth)
    return new, count + int(shaped != text)


def _redact_flat(text: str) -> tuple[str, int]:
    """The text looked through as if no quote were in it."""
    shaped = _redact_pairs(text)
    view = shaped.translate(BLANKED)
    new, count = _redact_tokens(shaped, list(re.finditer(r"\S+", view)), DEEPEST + 1)
    return new, count + int(shaped != text)


def _redact_tokens(text: str, tokens: list[re.Match[str]], depth: int) -> tuple[str, int]:
    starts = frozenset(
        number
        for number, token in enumerate(tokens)
        if _LINE_BEGINS.match(text, tokens[number - 1].end() if number else 0)
        and not (number and tokens[number - 1].group().endswith("\\"))
    )
    words, count = _redact_words([token.group() for token in tokens], depth, starts)
    pieces, end = [], 0
    for token, word in zip(tokens, words, strict=True):
        pieces += [text[end : token.start()], word]
        end = token.end()
    return "".join([*pieces, text[end:]]), count


def _redact_after(before: str, word: str, program: SecretProgram, depth: int) -> str:
    """One word of a command, given the word before it and the program's own options."""
    if option := program.joined(word):
        return option + _hide(word[len(option) :])
    if before in SCRIPT_FLAGS:
        return _redact_text(word, depth + 1)[0]
    if before in HEADER_FLAGS:
        return _redact_header(word, depth)
    for flag in HEADER_FLAGS if word.startswith(("-H", "--")) and ":" in word else ():
        if word.startswith(flag):
            return flag + _redact_header(word[len(flag) :], depth)
    return _redact_token(word, depth)


def _redact_header(text: str, depth: int) -> str:
    equals = "=" if text.startswith("=") else ""
    header = HEADER.fullmatch(text.removeprefix("="))
    if header is None or not looks_secret(header[2], header[4]):
        return _redact_token(text, depth)
    quote, name, between, value = header.groups()
    end = value[-1] if quote and value.endswith(quote[-1]) else ""
    scheme, blank, rest = value.removesuffix(end).partition(" ")
    if blank and scheme.lower() in SCHEMES:
        return f"{equals}{quote}{name}{between}{scheme} {_hide(rest)}{end}"
    return f"{equals}{quote}{name}{between}{_hide(value.removesuffix(end))}{end}"


def _redact_token(word: str, depth: int) -> str:
    """One word taken as a whole: an assignment, a quoted text, a list of pairs, a URL."""
    return _redact_short(word) if len(word) <= LONGEST_KEPT else _redact_any(word, depth)


@lru_cache(maxsize=65536)
def _redact_short(word: str) -> str:
    """Short words come again and again: keys, flags, numbers."""
    return _redact_any(word, 0)


def _redact_any(word: str, depth: int) -> str:
    at, word = 0, without_shapes(word, MARK) if ";" in word else word
    while assignment := NAME_AND_EQUALS.match(word, at):
        name = word[at : assignment.end() - 1]
        at = assignment.end()
        if names_secret(name, word, at) and not is_trivial(word[at:].strip(PUNCTUATION)):
            return word[:at] + _hide(word[at:])
    return word[:at] + _redact_value(word[at:], depth)


def _redact_value(word: str, depth: int) -> str:
    if depth > DEEPEST:
        return _redact_pairs(word)
    inner = word[1:-1]
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" and word[0] not in inner:
        return word[0] + _redact_text(inner, depth + 1)[0] + word[-1]
    if word.split() != [word] and word.strip():
        single = len(TOKEN.findall(word)) == 1
        return (_redact_flat(word) if single else _redact_text(word, depth + 1))[0]
    return _redact_pairs(word)


def _redact_pairs(text: str, *, flat: bool = True) -> str:
    """Text with the values of secret-looking `name=value` and `"name": "value"` replaced; those
    without quotes only where it is one word (`flat`), since a value may be the next one."""
    text = without_shapes(text, MARK)
    if flat and "=" in text:
        text = PAIR.sub(_redact_pair, text)
        text = QUERY.sub(_redact_pair, text) if "?" in text else text
    if '"' in text or "'" in text:
        text = LISTED_PAIR.sub(_redact_pair, QUOTED_PAIR.sub(_redact_pair, text))
    if ":" in text and ("value" in text or "default" in text or "enum" in text or "sugg" in text):
        text = NAMED_VALUE.sub(_redact_stated, text)
        text = ITEM_VALUE.sub(_redact_stated, text) if "{" in text else text
        text = VALUE_NAMED.sub(_redact_value_before, text)
    if "<" in text:
        text = XML_NAMED.sub(_redact_stated, XML_PAIR.sub(_redact_stated, text))
    return text


def _redact_stated(match: re.Match[str]) -> str:
    """The match with its third group, what goes under the name in the first, replaced."""
    return match[0][: match.start(3) - match.start()] + _shown(match[1], match[3])


def _redact_value_before(match: re.Match[str]) -> str:
    return match[1] + _shown(match[3], match[2])


def _shown(name: str, value: str) -> str:
    hidden = looks_secret(name, value) and not is_trivial(value) and MARK not in value
    return _hide(value) if hidden else value


def _redact_pair(match: re.Match[str]) -> str:
    name, between, value = match.groups()
    return f"{name}{between}{_shown(name, value)}"


def _hide(value: str) -> str:
    """MARK, unless the value is a reference to something the shell holds, or MARK already."""
    return value if _is_reference(value) or value.strip(PUNCTUATION) == MARK else MARK


def _hide_part(word: str, part: slice | None) -> str:
    return word if part is None else word[: part.start] + _hide(word[part]) + word[part.stop :]


def _hide_in_quotes(word: str) -> str:
    """The word hidden but for the quotes around it."""
    if len(word) > 2 and word[0] == word[-1] and word[0] in "\"'":
        return word[0] + _hide(word[1:-1]) + word[-1] if not _is_reference(word) else word
    return _hide(word)


def _is_reference(value: str) -> bool:
    """`$TOKEN`, `$token` and the like, but not a password such as `$ecret`."""
    match = REFERENCE.fullmatch(value)
    name = match["name"] if match else None
    return match is not None and (name is None or name.isupper() or looks_secret(name))


def _hide_unless_scheme(name: str, word: str) -> str:
    if word.lower().strip(PUNCTUATION) in SCHEMES or is_trivial(word):
        return word
    return _hide(word) if looks_secret(name, word.strip(PUNCTUATION)) else _redact_token(word, 0)


def _announces_secret(word: str) -> str:
    """The name under which the next word is a secret: `--password`, `X-Api-Key:`."""
    if word.endswith(":"):
        name = word[:-1].lstrip("\"'\\")
        return name if looks_secret(name, "x1") and not name.startswith("--") else ""
    option = OPTION_AT_END.search(word)
    if option is None:
        return ""
    return option[0] if any(names_secret(option[0], one) for one in ("x1", RANDOM_VALUE)) else ""


def _holds_value(word: str) -> bool:
    return word.strip(PUNCTUATION + ":[") in VALUE_KEYS


def _is_of_sentence(word: str) -> bool:
    """Whether a word goes on with a sentence: `--password needs a value`."""
    return word.lower().strip("(),.;:?!") in name_words("sentence_words")


def _is_flag(word: str) -> bool:
    """Whether a word is an option; a long word behind one dash may be a token that starts so."""
    single = word.startswith("-") and not word.startswith("--")
    return bool(FLAG.fullmatch(word)) and not (single and len(word) > LONGEST_SINGLE_DASH_FLAG)
