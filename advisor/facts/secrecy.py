"""Secrets taken out of command lines, labels and options before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from advisor.facts.secret_objects import VALUE_KEYS, shown_under, without_objects
from advisor.facts.secret_programs import LONGEST_SINGLE_DASH_FLAG, SecretProgram
from advisor.facts.secret_shapes import (
    IMAGE_LOGIN,
    MARK,
    PUNCTUATION,
    URL_CREDENTIALS,
    bare,
    hidden,
    is_plain,
    is_reference,
    is_trivial,
    looks_secret,
    name_words,
    names_file,
    names_secret,
    without_shapes,
    without_texts,
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

WORD_END = "\x1f"
"""White space to patterns, which no word of a command holds."""
QUOTES_IN_QUOTES = ("'\"'\"'", "'\\''")
DEEPEST = 6
"""Quotes within quotes that are opened; what is inside of more is looked through as flat text."""

NAME_AND_EQUALS = re.compile(r"-{0,2}\.?[A-Za-z_][\w.-]*=")
_NAME = r"(?<![\w.-])(-{0,2}\.?[A-Za-z_][\w.-]{0,199})"
PAIR = re.compile(_NAME + r"(=)([^,;&\s\"']+)")
# Within the value of another pair: `target=/x?token=y`.
QUERY = re.compile(r"(?<=[?&])([A-Za-z_][\w.-]{0,199})(=)([^,;&\s\"'?]+)")
# `password='x y'`, `"password": "x"`, `os.environ["X_KEY"] = "x"`, also with quotes escaped.
QUOTED_PAIR = re.compile(
    _NAME + r"(\\{0,15}[\"']?\s{0,8}\]?\s{0,8}(?:=>?|:)\s{0,8}[rbf]?"
    r"(?:\\{0,15}[\"']){1,5})(?!\s)([^\"'\\]+)"
)
# `["--password", "x"]`, `setenv("X_KEY", "x")`.
LISTED_PAIR = re.compile(
    r"(?:(?<=[\"'])(?=-)|(?<=\([\"']))(-{0,2}[A-Za-z_][\w.-]{0,199})"
    r"(\\{0,15}[\"']\s{0,8},\s{0,8}\\{0,15}[\"'])([^\"'\\]+)"
)
HEADER = re.compile(r"(\\{0,15}[\"']?)([A-Za-z_][\w.-]*)(\s*:\s*)(.+)", re.DOTALL)
# One that is not closed runs to the end, as it does in a shell; so no part is looked at twice.
# `${X:?what to do}` is one word.
TOKEN = re.compile(
    r"(?:\"[^\"\\]*(?:\\.[^\"\\]*)*(?:\"|\Z)|'[^']*'|\$\{\w+:?\?[^{}\"']*\}|\$|[^\s\"'$]+|')+",
    re.DOTALL,
)
# A new line of a script, and none of a list, whose elements begin with a dash or a quote.
_LINE_BEGINS = re.compile(r"[^\S\n]*\n\s*(?=[^\s\"'\[\]-])")
OPTION_AT_END = re.compile(r"^-[A-Za-z][\w-]*$|(?<![\w-])--[A-Za-z][\w.-]*$")
FLAG = re.compile(r"-[A-Za-z]|-{1,2}[A-Za-z][\w-]*(?:=.*)?", re.DOTALL)
# What is put in before anything is run, or a comment.
ENDS_WAITING = frozenset({"{{", "{{-", "${{", "#"})
# What stands before a value: the sign of a block, a tag.
YAML_SIGN = re.compile(r"[|>][-+\d]{0,2}|![\w!:/.-]*!\w+|!!\w+")
BLANKED = str.maketrans(dict.fromkeys("\"'\\", " "))
LONGEST_KEPT = 64
SHORTEST_VALUE = 6
RANDOM_VALUE = "x1" * 8
MANY = 500
LONGEST_CHAIN = 20
BY_VALUE = "auth"
"""A name whose value tells whether it is a secret, as it does behind a lone `password`."""

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
        return hidden(value)
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
        values.update(re.split(r"[:@/\s\"'\\()]+", text[start:end]), [text[start:end]])
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
    for number, word in enumerate(_without_texts(words)):
        if number in starts:
            program.begin_line()
            awaiting = "" if awaiting.startswith("-") else awaiting
        if word in ENDS_WAITING:
            awaiting = ""
        if not word.strip(PUNCTUATION + "[]-") and word:
            redacted.append(word)
            before = word
            continue
        if awaiting and _begins_object(word, before, number in starts):
            # An object under the name; what it holds may be the secret.
            new, awaiting = word, awaiting if _holds_value(word) else ""
        elif awaiting and YAML_SIGN.fullmatch(word):
            new = word
        elif awaiting and not _is_flag(word) and not _is_of_sentence(word):
            new = _hide_unless_scheme(awaiting, word)
            awaiting = awaiting if word.lower().strip(PUNCTUATION) in SCHEMES else ""
        elif (formed := _hide_part(word, program.formed(before, word))) != word:
            new, awaiting = formed, ""
            program.meet("value")
        elif program.takes(before, word) and not is_trivial(word.strip(PUNCTUATION)):
            new, awaiting = _hide_in_quotes(word), ""
            program.meet("value;" if word.endswith(";") else "value")
        else:
            program.meet(word)
            new = _redact_after(before, word, program, depth)
            awaiting = _announces_secret(word)
        redacted.append(new)
        before = word
    return tuple(redacted), sum(old != new for old, new in zip(words, redacted, strict=True))


def _without_texts(words: tuple[str, ...]) -> Sequence[str]:
    """The words without the secrets that only the words around them tell."""
    text = WORD_END.join(words)
    shaped = without_texts(text, MARK)
    pieces = shaped.split(WORD_END)
    return pieces if shaped != text and len(pieces) == len(words) else words


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
        return option + hidden(word[len(option) :])
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
    if header is None or not _is_secret_header(header[2], header[4]):
        return _redact_token(text, depth)
    quote, name, between, value = header.groups()
    end = value[-1] if quote and value.endswith(quote[-1]) else ""
    scheme, blank, rest = value.removesuffix(end).partition(" ")
    if blank and scheme.lower() in SCHEMES:
        return f"{equals}{quote}{name}{between}{scheme} {hidden(rest)}{end}"
    return f"{equals}{quote}{name}{between}{hidden(value.removesuffix(end))}{end}"


def _is_secret_header(name: str, value: str) -> bool:
    """Whether a header holds a secret: nobody sends a random text for anything else, but for what
    its name says to be about something, such as an id."""
    is_about = name.rpartition("-")[2].upper() in name_words("about")
    return looks_secret(name, value) or (not is_about and names_secret("key", value.strip("\"'")))


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
        if names_file(name):
            return word[:at] + QUERY.sub(_redact_pair, without_shapes(word[at:], MARK))
        if names_secret(name, word, at) and not is_trivial(word[at:].strip(PUNCTUATION)):
            return word[:at] + hidden(word[at:])
    return word[:at] + _redact_value(word[at:], depth)


def _redact_value(word: str, depth: int) -> str:
    if any(glue in word for glue in QUOTES_IN_QUOTES):
        return _redact_glued(word)
    if depth > DEEPEST:
        return _redact_pairs(word)
    inner = word[1:-1]
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" and word[0] not in inner:
        return word[0] + _redact_text(inner, depth + 1)[0] + word[-1]
    if word.split() != [word] and word.strip():
        single = len(TOKEN.findall(word)) == 1
        return (_redact_flat(word) if single else _redact_text(word, depth + 1))[0]
    return _redact_pairs(word)


def _redact_glued(word: str) -> str:
    """A word in single quotes with such quotes in it, as a shell's user has to write it."""
    plain = word
    for glue in QUOTES_IN_QUOTES:
        plain = plain.replace(glue, "'")
    for value in secret_values(plain.removeprefix("'").removesuffix("'")):
        word = word.replace(value, MARK)
    return _redact_pairs(word)


def _redact_pairs(text: str, *, flat: bool = True) -> str:
    """Text with the values of secret-looking `name=value` and `"name": "value"` replaced; those
    without quotes only where it is one word (`flat`), since a value may be the next one."""
    text = without_objects(without_shapes(text, MARK))
    if flat and "=" in text:
        text = PAIR.sub(_redact_pair, text)
        text = QUERY.sub(_redact_pair, text) if "?" in text else text
    if '"' in text or "'" in text:
        text = LISTED_PAIR.sub(_redact_pair, QUOTED_PAIR.sub(_redact_pair, text))
    return text


def _redact_pair(match: re.Match[str]) -> str:
    name, between, value = match.groups()
    if between == "=" and names_file(name):
        return match[0]
    at, most = 0, LONGEST_CHAIN if between == "=" else 0
    # `volume-opt=password=x`
    while (
        most and not names_secret(name, value, at) and (inner := NAME_AND_EQUALS.match(value, at))
    ):
        name, at, most = inner[0][:-1], inner.end(), most - 1
    return f"{match[1]}{between}{value[:at]}{shown_under(name, value[at:])}"


def _hide_part(word: str, part: slice | None) -> str:
    return word if part is None else word[: part.start] + hidden(word[part]) + word[part.stop :]


def _hide_in_quotes(word: str) -> str:
    """The word hidden but for the quotes around it, and for what ends its command."""
    if word.endswith(";") and len(word) > 1:
        return f"{_hide_in_quotes(word[:-1])};"
    if len(word) > 2 and word[0] == word[-1] and word[0] in "\"'":
        return word[0] + hidden(word[1:-1]) + word[-1] if not is_reference(word) else word
    return hidden(word)


def _hide_unless_scheme(name: str, word: str) -> str:
    if word.lower().strip(PUNCTUATION) in SCHEMES or is_trivial(word):
        return word
    return hidden(word) if looks_secret(name, bare(word)) else _redact_token(word, 0)


def _announces_secret(word: str) -> str:
    """The name under which the next word is a secret: `--password`, `X-Api-Key:`."""
    if word.endswith(":"):
        name = word[:-1].lstrip("\"'\\")
        return name if looks_secret(name, "x1") and not name.startswith("--") else ""
    option = OPTION_AT_END.search(word.strip("\"'"))
    if option is None:
        return BY_VALUE if word == "password" else ""
    return (
        option[0] if any(names_secret(option[0], value) for value in ("x1", RANDOM_VALUE)) else ""
    )


def _begins_object(word: str, before: str, starts_line: bool) -> bool:
    """Whether a word is a key of an object that goes under the name before it."""
    begins = starts_line or before in ("-", "{", "[") or word.startswith(("{", "["))
    return begins and word.endswith(":")


def _holds_value(word: str) -> bool:
    return word.strip(PUNCTUATION + ":[") in VALUE_KEYS


def _is_of_sentence(word: str) -> bool:
    """Whether a word goes on with a sentence: `--password needs a value`."""
    return word.lower().strip("(),.;:?!") in name_words("sentence_words")


def _is_flag(word: str) -> bool:
    """Whether a word is an option; a long word behind one dash may be a token that starts so."""
    single = word.startswith("-") and not word.startswith("--")
    return bool(FLAG.fullmatch(word)) and not (single and len(word) > LONGEST_SINGLE_DASH_FLAG)
