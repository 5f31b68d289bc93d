"""bash itself says what the words of a written command are: they must be those that were meant."""

from __future__ import annotations

import subprocess
import unicodedata
from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation
from advisor.jobs.word import Expansion, Word, joined, word
from advisor.writers import write
from advisor.writers.shell_text import command_text, quote_visibly, quote_word
from tests.jobs.test_word import expanded
from tests.writers.runs import TEXTS, WORDS, runs

VALUES = {
    "HOME": "/home/some one",
    "PLAIN": "value",
    "BLANKS": "several words  in one",
}
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **VALUES}
FOLDER = "/"
BATCH = 25
compared: list[int] = []

KNOWN = {
    "$PLAIN": "value",
    "${BLANKS}": VALUES["BLANKS"],
    "$(printf 'a b')": "a b",
    "`printf x`": "x",
    "$((1+2))": "3",
    "~": VALUES["HOME"],
    "%CD%": FOLDER,
    "$(HOME)": VALUES["HOME"],
}
OF_BASH = frozenset({"home", "percent", "make"})


def split_by_bash(commands: Sequence[str]) -> list[list[str]]:
    """What a program called runai gets, command by command."""
    script = 'runai() { printf "%s\\0" "$@"; printf "\\0\\0"; }\n' + "\n".join(commands)
    done = subprocess.run(
        ["bash", "--norc", "--noprofile"],
        input=script.encode(),
        env=ENVIRONMENT,
        cwd=FOLDER,
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    parts = done.stdout.decode().split("\0\0\0")
    return [part.split("\0") for part in parts[:-1]]


def fields(given_word: Word) -> list[str]:
    """The words that one becomes: values of unquoted expansions are parted at blanks."""
    found: list[str] = [""]
    open_field = False
    for part in given_word.parts:
        text = KNOWN[part.source] if isinstance(part, Expansion) else part
        whole = not isinstance(part, Expansion) or part.quoted or part.kind in OF_BASH
        pieces = [text] if whole else text.split()
        found[-1] += pieces[0]
        found += pieces[1:]
        open_field = True
    return found if open_field else [""]


def meant(words: Sequence[Word]) -> list[str]:
    return [field for one in words for field in fields(one)]


@settings(
    max_examples=200,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=BATCH, max_size=BATCH))
def test_words_reach_the_program(commands: list[list[Word]]) -> None:
    texts = [command_text([[word("runai")], words], lines=True) for words in commands]
    assert split_by_bash(texts) == [meant(words) for words in commands]
    compared.append(len(commands))


@settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(runs(TEXTS.map(word)), min_size=10, max_size=10), st.booleans())
def test_written_commands_reach_runai_as_they_were_meant(jobs: list[Run], lines: bool) -> None:
    texts = []
    for run in jobs:
        spec = JobSpec(id="x", label="x", kind="job", run=run)
        texts += [
            write(spec, Situation(target="runai-v1", lines=lines)).text,
            write(spec, Situation(target="runai-v2", lines=lines)).text,
        ]
    tails = [run for run in jobs for _ in range(2)]
    for words, run in zip(split_by_bash(texts), tails, strict=True):
        command = [one.text for one in (*(run.entrypoint or ()), *run.arguments)]
        variables = [f"{one.name}={one.value.text}" for one in run.environment if one.value]
        values = {one.name: one.value.text for one in run.environment if one.value}
        tail = words[len(words) - len(command) :]
        assert [expanded(text, values) for text in tail] == command
        set_ = [words[at + 1] for at, text in enumerate(words) if text == "-e"]
        assert [expanded(text, {}) for text in set_[: len(variables)]] == variables
    compared.append(len(texts))


def test_odd_words() -> None:
    odd = ["", "'", "!", "~", "a~b", "#x", "{a,b}", "*", "\t", "\n", "\x1b[31m", "é", "\u202e", "-"]
    words = [word(text) for text in odd]
    texts = ["runai " + " ".join(map(quote_word, words))]
    assert split_by_bash(texts) == [odd]


@settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(TEXTS, min_size=BATCH, max_size=BATCH))
def test_visible_words_are_the_same_words(texts: list[str]) -> None:
    odd = [*texts, "", "\x1b[31mx'\\n\n", "\\x41\x07", "A=\x1bb", "\u202e'"]
    words = [quote_visibly(text) for text in odd]
    assert split_by_bash([f"runai {' '.join(words)}"]) == [odd]
    assert all(one == "\n" or unicodedata.category(one) != "Cc" for one in "".join(words))


def test_a_name_runs_into_text() -> None:
    plain = Expansion(source="$PLAIN", kind="variable", name="PLAIN")
    parts = joined((plain, "x"))
    assert quote_word(parts) == "${PLAIN}x"
    assert split_by_bash([f"runai {quote_word(parts)}"]) == [["valuex"]]


def test_how_many_were_compared() -> None:
    """Runs last in this file."""
    print(f"{sum(compared)} commands split by bash, all as they were meant")
    assert sum(compared) >= 6000
