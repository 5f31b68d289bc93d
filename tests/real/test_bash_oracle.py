"""bash itself says what the words of a command are: printed one by one, they must equal ours."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from advisor.readers.shell.command import ShellCommand
from advisor.readers.shell.commands import read_script

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/home/someone",
    "PLAIN": "value",
    "BLANKS": "several words in one",
    "LC_ALL": "C.UTF-8",
}
BATCH = 25
_MARK = "@@next@@"
_AT_ODDS = re.compile(r"""~(?:[^\s/:]*=|[+-]?[\d{]|[+-]?:[^\s/]*[$"'\\])""")

letters = st.text("abXY019./:=,@%+-_^é", min_size=1, max_size=6)
anything = st.text("ab \t\n'\"\\$`{}(),;|&<>*?[]#!~=:é", max_size=6)


def _single(text: str) -> str:
    return "'" + text.replace("'", "") + "'"


def _double(text: str) -> str:
    return '"' + "".join("\\" + c if c in '"\\$`' else c for c in text) + '"'


def _double_odd(text: str) -> str:
    """Backslashes before characters that they do not escape there."""
    kept = "".join(c for c in text if c not in '"\\$`')
    return '"' + "".join("\\" + c for c in kept) + '"'


def _escaped(text: str) -> str:
    return "".join("\\" + c for c in text)


ansi_pieces = st.sampled_from(
    ["a", "b c", r"\n", r"\t", r"\\", r"\'", r"\"", r"\x41", r"\101", r"\u00e9", r"\e", "é", '"',
     r"\q", r"\cA", r"\?", "$X", "`", r"\x4g"]
)  # fmt: skip
ansi = st.lists(ansi_pieces, max_size=4).map(lambda made: "$'" + "".join(made) + "'")
expansions = st.sampled_from(
    ["$PLAIN.", "${PLAIN}", '"$PLAIN"', '"${PLAIN}"', "${BLANKS}", '"$BLANKS"', "x${BLANKS}y",
     "${PLAIN:-other}", '"${NOWHERE_SET:-a b}"', "${PLAIN:+a 'b c'}", '"${PLAIN:+a b}"', "$EMPTY,",
     '"$EMPTY"', "${EMPTY}", "${EMPTY:-d}", "${EMPTY-d}", '"${LIST[@]}"', "${LIST[@]}",
     '"${LIST[*]}"', "${LIST[1]}", "$LIST/", '"${NONE[@]}"', "${NONE[@]}",
     '${LIST[@]+"${LIST[@]}"}', '"x${LIST[@]}y"', '"$@"', "$@", "$1", '"${2:-d}"', "${9:-d e}",
     "${UNSET-d}", '"${UNSET:-${PLAIN}x}"', "${FILE%.*}", "${FILE##*/}", "${FILE#*/}",
     "${FILE/b/c}", "${FILE//\\//.}", "${FILE//[b\\/]/_}", '"${FILE//[!a-z]/-}"', "${FILE:2:5}",
     '"${FILE: -4}"', '"${@:2}"', "${@:1:1}", '"${LIST[@]:1:2}"', '"${LIST[@]: -1}"',
     "${NONE[@]:1}", '$(dirname "$HOME/a/b")', '"$(basename "$HOME/c.d" .d)"',
     "$(dirname $FILE)", '"$(basename "$FILE" .sh)"', "$((NUMBER * 8 - 1))", "$(( (NUMBER+1)/2 ))",
     "$OPTIONS.", '"${OPTIONS}"'],
)  # fmt: skip
braces = st.sampled_from(
    ["{a,b}", "{a,}", "{,a}", "{a}", "{}", "{a,{b,c}}", "{1..3}", "{3..1}", "{01..3}", "{a..e..2}",
     "{a,b", "a,b}", "{{a,b}", "{a,b}}", '{a,"b,c"}', "{a\\,b,c}", "{$PLAIN.,b}", "{'x',y}",
     "{1..2", "{-1..1}", "{..}", "{a..}", "{1..2..0}"],
)  # fmt: skip
homes = st.sampled_from(
    ["~", "~/x", "a~", "X=~/y", "X=a:~/b", "-v=~/x", "~:/x", "~+", "X=~", '"~"/x', "~/"]
)
joins = st.sampled_from(["\\\n", '""', "''", "\\\n"])
piece = st.one_of(
    letters,
    anything.map(_single),
    anything.map(_double),
    anything.map(_double_odd),
    st.text("ab \t'\"\\$`{}(),;|&<>*?[]#!~=:é", min_size=1, max_size=3).map(_escaped),
    ansi,
    anything.map(lambda text: "$" + _double(text)),
    expansions,
    braces,
    homes,
    joins,
)
words = st.lists(st.lists(piece, min_size=1, max_size=4).map("".join), min_size=1, max_size=6)
gaps = st.sampled_from([" ", "  ", "\t", " \\\n ", " \\\n"])
PREAMBLE = "set -- 'a b' c\nFILE=/a/b.d/b.sh\nNUMBER=4\nOPTIONS=-x\n"
PREAMBLE += "[ -n y ] && OPTIONS+=' -it'\n"
PREAMBLE += "EMPTY=\nLIST=(one 'two words' \"\" three)\nNONE=()\n"


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A command line after the command's name."""
    made = ""
    for word in draw(words):
        made += draw(gaps) + word
    return made + draw(st.sampled_from(["", " ", " # note", " ;", " 2>/dev/null", " && true"]))


def _command(preamble: str, line: str) -> ShellCommand:
    script = read_script(f"{preamble}print_words{line}\n", file="x", dialect="bash")
    assert script.problems == ()
    return next(one for one in script.commands if one.words[0].text == "print_words")


def _is_repaired(line: str) -> bool:
    """What is read otherwise on purpose: an escaped blank at the end of a line or before a flag;
    and `X=~X=~`, where bash itself is at odds with its manual, and `~1`, the stack of `pushd`.
    """
    joined = line.replace("\\\n", "")
    return bool(_command(PREAMBLE, line).repairs) or _AT_ODDS.search(joined) is not None


def _by_bash(made: list[str]) -> list[list[str]]:
    script = PREAMBLE + 'print_words() { printf "%s\\0" "$#" "$@"; }\n'
    script += "".join(f"print_words{line}\nprintf '%s\\0' {_MARK}\n" for line in made)
    done = subprocess.run(
        ["bash", "--norc", "-f"],
        input=script.encode(),
        env=ENVIRONMENT,
        cwd="/",
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    groups: list[list[str]] = [[]]
    for text in done.stdout.decode().split("\0")[:-1]:
        if text == _MARK:
            groups.append([])
        else:
            groups[-1].append(text)
    return [group[1:] for group in groups[:-1]]


def _by_us(line: str) -> list[str]:
    preamble = PREAMBLE + "".join(
        f"{name}={_single(ENVIRONMENT[name])}\n" for name in ("PLAIN", "BLANKS")
    )
    command = _command(preamble, line)
    return [
        word.settled({"HOME": ENVIRONMENT["HOME"], "PWD": "/"}).text for word in command.words[1:]
    ]


@settings(
    max_examples=200,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(lines(), min_size=BATCH, max_size=BATCH, unique=True))
def test_words_are_those_of_bash(made: list[str]) -> None:
    kept = [line for line in made if not _is_repaired(line)]
    pairs = zip(kept, map(_by_us, kept), _by_bash(kept), strict=True)
    assert [(line, ours, bashs) for line, ours, bashs in pairs if ours != bashs] == []
    compared.append(len(kept))


SCRIPTS = [
    "while getopts g:n:i: O; do case $O in g) G=$OPTARG;; n) N=$OPTARG;; i) I=$OPTARG;; esac\n"
    'done\nif [ -z "$N" ]; then N=fit; fi\n: ${I:=a/b:1}\ndocker run --gpus "${G:-2}" --name $N $I',
    "while [[ $# -gt 0 ]]; do\n  case $1 in -t) T=$2; shift 2;; *) shift;; esac\ndone\n"
    '[[ -n "$T" ]] && TAG=":$T"\ndocker run "a/b${TAG:-:1}"',
    'C="docker run --rm"\nC="$C -e \'A=b c\'"\nC="$C a/b sh -c \\"fit && test\\""\neval "$C"',
    "A='x y'\neval docker run \"'$A'\" $A '\"$HOME\"'",
    "P='docker run -d'\neval \"$P a && docker run b\"; eval 'X=3'; docker run $X",
    'M="$HOME/models/a.gguf"\ndocker run -v "$(dirname "$M"):/m" a "$(basename "$M" .gguf)"',
    'run() { local image=$1; shift; docker run "$image" "${@:2}"; }\nrun a/b skipped c "d e"',
    'set -- docker run -i\nset -- "$@" -t\nexec_() { "$@"; }\nexec_ "$@" a/b',
]
"""Each starts docker, and needs no argument."""


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_a_script_starts_is_what_bash_starts(script: str) -> None:
    shown = f'docker() {{ printf "%s\\0" docker "$@" {_MARK}; }}\n{script}\n'
    command = ["bash", "--norc", "-c", shown]
    done = subprocess.run(command, env=ENVIRONMENT, cwd="/", capture_output=True, check=True)
    assert done.stderr == b""
    started = [one.split("\0")[:-1] for one in done.stdout.decode().split(f"{_MARK}\0")[:-1]]
    read = read_script(f"{script}\n", file="x.sh", dialect="bash")
    values = {"HOME": ENVIRONMENT["HOME"]}
    ours = [[each.settled(values).text for each in command.words] for command in read.commands]
    assert [words for words in ours if words[0] == "docker"] == started


compared: list[int] = []


def test_how_many_were_compared() -> None:
    """With `-s`: lines whose words bash and the reader were asked for."""
    print(f"{sum(compared)} lines read as bash reads them, none differs")
    assert sum(compared) >= 3000
