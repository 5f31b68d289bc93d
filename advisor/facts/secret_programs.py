"""Programs that take secrets at known places of their command lines, such as `curl -u NAME:SECRET`.

The rules are data: the programs of `rules/catalog/secrets.yaml`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from advisor.facts.secret_shapes import (
    ProgramRule,
    compiled,
    is_plain,
    is_trivial,
    looks_secret,
    secret_table,
)

USER_OPTIONS = frozenset({"-u", "-U", "--user", "--username"})
# `8080:80`, `127.0.0.1:53:53/udp`, `$PORT:80`
_PORTS = re.compile(r"\W?\S*:[\d-]+(?:/\w+)?\W?|\W?\$.*", re.DOTALL)
REDIRECTIONS = frozenset("|&;<>")
OPERATORS = frozenset({"|", "||", "&&", ";", "&"})
LONGEST_SINGLE_DASH_FLAG = 12


class SecretProgram:
    """What is known of the program whose words are being read."""

    def __init__(self) -> None:
        self._begin("")

    def _begin(self, name: str) -> None:
        self._rules = (*_rules_of(name), *_rules_of("")) if name else _rules_of("")
        self._plain: list[str] = []
        self._has_user = False
        self._open = {id(rule): (0, rule) for rule in self._rules if not rule.after}

    def begin_line(self) -> None:
        """What stands on the next line of a script is another command."""
        self._begin("")

    def meet(self, word: str) -> None:
        """Take note of a word that is not itself a secret."""
        if word in OPERATORS or word.endswith(";"):
            self._begin("")
            return
        name = word.rpartition("/")[2]
        if name in _programs() and "://" not in word:
            self._begin(name)
            return
        if word.startswith("-"):
            self._has_user = self._has_user or word in USER_OPTIONS
            return
        self._plain.append(word)
        for rule in self._rules:
            if rule.after[-1:] == (word,) and rule.after == tuple(self._plain[-len(rule.after) :]):
                self._open[id(rule)] = (len(self._plain), rule)

    def takes(self, before: str, word: str) -> bool:
        """Whether the word is a secret for its place."""
        if word[:1] in REDIRECTIONS:
            return False
        plain = not word.startswith("-") or len(word) > LONGEST_SINGLE_DASH_FLAG
        for met, rule in self._open.values():
            if before in rule.options or (rule.programs and _ends_with_one(before, rule.options)):
                return True
            position = len(self._plain) - met + 1
            if plain and position in rule.positions and "://" not in word:
                return True
            if plain and rule.named and position > 1 and looks_secret(self._plain[-1], word):
                return True
        return before == "-p" and plain and self._has_user and self._is_password(word)

    def _is_password(self, word: str) -> bool:
        """Whether what follows the `-p` of a command with a user is no port, name or folder."""
        glued = any("-p" in rule.joined for rule in self._rules)
        return not glued and not is_plain(word) and _PORTS.fullmatch(word) is None

    def formed(self, before: str, word: str) -> slice | None:
        """The part of the word that its form tells to be a secret of this program."""
        quoted = len(word) > 2 and word[0] == word[-1] and word[0] in "\"'"
        inner = word[1:-1] if quoted else word
        for _, rule in self._open.values():
            match = compiled(rule.form).fullmatch(f"{before} {inner}") if rule.form else None
            if match and not is_trivial(match[1]):
                start, end = (place - len(before) - 1 + quoted for place in match.span(1))
                return slice(start, end)
        return None

    def joined(self, word: str) -> str:
        """The option that a secret is glued to in this word."""
        if not word.startswith("-"):
            return ""
        stated = word.partition("=")
        for _, rule in self._open.values():
            if stated[2] and stated[0] in rule.options:
                return f"{stated[0]}="
            for option in rule.joined:
                if word.startswith(option) and len(word) > len(option):
                    return option
        return ""


def _ends_with_one(word: str, options: frozenset[str]) -> bool:
    """Whether short options written as one (`-sSu`) end with one of these."""
    return word[:1] == "-" and word[1:].isalpha() and f"-{word[-1]}" in options


@lru_cache(maxsize=1)
def _programs() -> frozenset[str]:
    return frozenset(name for rule in secret_table().programs for name in rule.programs.split())


@lru_cache(maxsize=256)
def _rules_of(program: str) -> tuple[ProgramRule, ...]:
    """The rules of one program; of any where it is empty."""
    names = (rule.programs.split() for rule in secret_table().programs)
    return tuple(
        rule
        for rule, own in zip(secret_table().programs, names, strict=True)
        if (program in own if program else not own)
    )
