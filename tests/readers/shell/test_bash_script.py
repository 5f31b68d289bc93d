"""What a script's commands are once its own variables are put in."""

from __future__ import annotations

import pytest

from advisor.errors import InputError
from advisor.findings.finding import Place
from advisor.jobs.word import Expansion, Word, word
from advisor.readers.shell.command import ShellCommand
from advisor.readers.shell.commands import read_script, shell_commands
from advisor.readers.shell.variables import Known

SEED = """docker run --runtime=nvidia --shm-size 16G -it --rm -e HOSTNAME=`hostname` \\
    -v /raid/public/my_datasets:/root/dataset:ro \\
    nvcr.io/nvidia/pytorch:19.12-py3"""


ELSEWHERE = "$WORKING_DIRECTORY"


def words(text: str, program: str = "run") -> list[list[str]]:
    """The words of the commands called `program`."""
    found = shell_commands(text, file="script.sh")
    return [[w.text for w in c.words[1:]] for c in found if c.words[0].text == program]


def places(*positions: tuple[int, int]) -> tuple[Place, ...]:
    """Places in the script."""
    return tuple(Place(file="script.sh", line=line, column=column) for line, column in positions)


def test_the_usual_command() -> None:
    hostname = Expansion(source="`hostname`", kind="command")
    assert shell_commands(SEED, file="script.sh") == (
        ShellCommand(
            words=(
                word("docker"),
                word("run"),
                word("--runtime=nvidia"),
                word("--shm-size"),
                word("16G"),
                word("-it"),
                word("--rm"),
                word("-e"),
                Word(parts=("HOSTNAME=", hostname)),
                word("-v"),
                word("/raid/public/my_datasets:/root/dataset:ro"),
                word("nvcr.io/nvidia/pytorch:19.12-py3"),
            ),
            positions=places(
                (1, 1), (1, 8), (1, 12), (1, 29), (1, 40), (1, 44), (1, 48), (1, 53), (1, 56),
                (2, 5), (2, 8), (3, 5),
            ),
            place=places((1, 1))[0],
            source=SEED,
            end_line=3,
        ),
        ShellCommand(
            words=(word("hostname"),),
            positions=places((1, 66)),
            place=places((1, 66))[0],
            source="hostname",
            end_line=1,
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X=a; run $X", [["a"]]),
        ('X="a b"; run $X "$X" x${X}y', [["a", "b", "a b", "xa", "by"]]),
        ("X='a  b '; run p$X$X", [["pa", "b", "a", "b"]]),
        ("X=; run $X", [[]]),
        ('X=; run "$X" a$X', [["", "a"]]),
        ("run $X \"$X\" ${X:-d}", [["$X", "$X", "d"]]),
        ("X=${X:-d}; run $X", [["d"]]),
        ("run ${HOME:-/x} ${A:-${B-b c}} \"${A:-${B-b c}}\" ${C:=d} $C ${E?no}",
         [["${HOME:-/x}", "b", "c", "b c", "d", "d", "${E?no}"]]),
        (". ./config.sh; run ${X:-d}", [["${X:-d}"]]),
        ("run ${1:-d} \"$@\"; f() { run ${1:-d} $2; }", [["d", "$@"], ["${1:-d}", "$2"]]),
        ("O=(-a); [ -t 0 ] && O+=(-it); if yes; then O+=(-d); fi; run \"${O[@]}\"",
         [["-a", "-it", "-d"]]),
        ("O=(-a); if yes; then O+=(-b); else O+=(-c); fi; run \"${O[@]}\"", [["${O[@]}"]]),
        ('O="-a"; test -t 1 && O="$O -it"; run $O', [["-a", "-it"]]),
        ('if [ -z "$X" ]; then X=a; else X=b; fi; run $X', [["a"]]),
        ('X=1; if [ "$X" = 1 ]; then Y=a; else Y=b; fi; run $Y', [["a"]]),
        ('Y=z; if [[ -n "$1" ]]; then Y=$1; fi; run $Y', [["z"]]),
        ('Y=z; if [ $# -gt 0 ]; then Y=$1; fi; run $Y', [["z"]]),
        ('Y=z; while [ $# -gt 0 ]; do case $1 in -y) Y=$2; shift;; esac; shift; done; run $Y',
         [["z"]]),
        ("set -- a 'b c'; run \"$@\" $#; shift; run $1", [["a", "b c", "$#"], ["b", "c"]]),
        ("cd /a/b; run $PWD $(pwd) \"$(cd .. && pwd)\"; cd $(date); run $PWD $(realpath x)",
         [["/a/b", "/a/b", "/a"], [ELSEWHERE, f"{ELSEWHERE}/x"]]),
        ('cd $A; cd b; run $PWD; cd "$C"; run "$(pwd)"; cd; run $PWD; cd - ; run $PWD',
         [[f"{ELSEWHERE}/b"], [f"{ELSEWHERE}_2"], ["$HOME"],
          [f"{ELSEWHERE}_3"]]),
        ('C="run a"; C="$C b"; eval "$C"; eval $C c', [["a", "b"], ["a", "b", "c"]]),
        ('shift 1 || true; A=(a "$@"); run "${A[@]}"', [["a", "$@"]]),
        ('case $(x) in a) C="run a";; b) C="run b";; esac; C+=" c"; eval "$C"; eval $C d',
         [["a", "c"], ["b", "c"]]),
        ('C="run a"; if x; then D=1; C="$C b"; else D=2; C="$C c"; fi; eval $C',
         [["a"], ["a", "b"], ["a", "c"]]),
        ("if x; then A=-a; B=-b; else C=-c; fi; run $A $B $C", [["$A", "$B", "$C"]]),
        ("A=; B=; if x; then A=-a; B=-b; else echo; fi; run $A $B", [["-a", "-b"]]),
        ('X=/a/b.sh; run $(dirname $X) $(basename "$X" .sh) ${X%.sh} ${X##*/} ${X#/*/} ${X/b/c}',
         [["/a", "b", "/a/b", "b.sh", "b.sh", "/a/c.sh"]]),
        ("N=4; run $((N * 8)) $(( (N+1)/2 )) $((N-x))", [["32", "2", "$((N-x))"]]),
        ('U=$(id -u); run -u $U:"$(id -g)"', [["-u", '$(id -u):$(id -g)']]),
        ('X="$HOME/a b"; run $X', [["$HOME/a", "b"]]),
        ("X=~/a; run -v $X:/b", [["-v", "$HOME/a:/b"]]),
        ("X=$(pick); run $X", [["$X"]]),
        ("X=a-$(date +%s); run $X", [["a-$(date +%s)"]]),
        ("X=a-$(pick); Y=b$X; run $Y", [["b$X"]]),
        ("X=a-$(pick); Y=b$X; X=c; run $Y", [["$Y"]]),
        ("X=a; X+=b; run $X", [["ab"]]),
        ("X+=b; run $X", [["${X}b"]]),
        ("A=(-it --gpus all); A+=(-v 'x y'); run \"${A[@]}\" ${A[0]} $A",
         [["-it", "--gpus", "all", "-v", "x y", "-it", "-it"]]),
        ("A=(); run \"${A[@]}\" b", [["b"]]),
        ("A=(a\n# note\n 'b c'\n); run ${A[@]}", [["a", "b", "c"]]),
        ("declare -A A=([x]=1); run ${A[x]}", [["${A[x]}"]]),
        ("A[3]=x; run ${A[3]}", [["${A[3]}"]]),
        ("X=a; unset X; run $X", [["$X"]]),
        ("read X; run $X", [["$X"]]),
        ("X=a; read -r X; run $X", [["$X"]]),
        ("X=a; source other.sh; run $X", [["$X"]]),
        ("X=a; source venv/bin/activate; run $X", [["a"]]),
        ("X=a; eval \"$Y\"; run $X", [["$X"]]),
        ("IFS=,; X=a,b; run $X \"$X\"", [["$X", "a,b"]]),
        ("X=1; X=2 run $X", [["1"]]),
        ("export X=a Y=b; run $X$Y", [["ab"]]),
        ("readonly X=a; run $X", [["a"]]),
        ("X=a && run $X", [["a"]]),
        ("cd x && X=a && run $X; run $X", [["a"], ["$X"]]),
        ("[ -z \"$X\" ] && X=a; run $X", [["a"]]),
        ("[ -n \"$X\" ] || X=a; run $X", [["a"]]),
        ("[ -d x ] && X=a; run $X", [["$X"]]),
        ("if command -v podman > /dev/null; then X=a; else X=b; fi; run $X", [["a"]]),
        ("if ! type nvidia-smi &> /dev/null; then X=b; else X=a; fi; run $X", [["a"]]),
        ("if [ -d $D/x ] && [ -t 0 ]; then X=-a; else X=b; fi; run $X", [["-a"]]),
        ("if docker info | grep -q nvidia; then X=a; elif yes; then X=b; fi; run $X", [["a"]]),
        ("if [ -d x ]; then X=-a; else X=; fi; run $X", [["-a"]]),
        ("if [ -f x ]; then X=a; else X=b; fi; run $X", [["$X"]]),
        ("if yes; then X=a; else X=b; fi; run $X", [["$X"]]),
        ("if yes; then X=a; else exit 1; fi; run $X", [["$X"]]),
        ('X=; [ "$Y" = 1 ] && X="-a b"; run $X c', [["c"]]),
        ('X=""; if yes; then X="-a b"; fi; run $X', [["-a", "b"]]),
        ("which a; X=$?; if [ $X -eq 0 ]; then Y=a; else Y=b; fi; run $Y", [["a"]]),
        ('X=b; if [[ "$X" == a || "$X" == b ]]; then Y=a; else Y=c; fi; run $Y', [["a"]]),
        ('X=c; if [[ "$X" == a || $X == b ]]; then Y=a; else Y=c; fi; run $Y', [["c"]]),
        ("X=${1:-b}; case $X in a|d) Y=1;; b*) Y=2;; *) exit 2;; esac; run $Y", [["2"]]),
        ("case $X in a) Y=1;; $Z) Y=2;; esac; run $Y", [["$Y"]]),
        ("A=(a); source x.sh; B=b; run \"${A[@]}\" $B", [["a", "b"]]),
        ('X="${X:-}"; if [ -z "$X" ]; then echo no; exit 1; fi; run $X', [["$X"]]),
        ("f() { : docker; run $1 $2 \"$@\"; }; f a b; f c", [["a", "b", "a", "b"], ["c", "c"]]),
        ("f() { : docker; run $X $1; }; m() { X=z; f \"$@\"; }; m \"$@\"", [["z", "$1"]]),
        ("f() { : docker; run \"$@\" $1 $3; }; f a b \"$@\"", [["a", "b", "$@", "a", "$3"]]),
        ("f() { : docker; run $1; f $1; }; f a", [["a"]]),
        ("f() { : docker; run $1; }; for X in 1 2; do f $X; done", [["$X"]]),
        ("X=a; if true; then X=b; fi; run $X", [["$X"]]),
        ("X=a; if true; then X=b; run $X; else run $X; fi", [["b"], ["a"]]),
        ("X=a; case $1 in b) X=c; run $X;; *) run $X;; esac; run $X", [["c"], ["a"], ["a"]]),
        ("X=a; for Y in 1 2; do run $X $Y; done", [["a", "$Y"]]),
        ("X=a; for Y in 1 2; do run $X; X=b; done; run $X", [["$X"], ["$X"]]),
        ("X=a; while read X; do run $X; done", [["$X"]]),
        ("X=1; while true; do ((X++)); run $X; done", [["$X"]]),
        ("X=a; (X=b; run $X); run $X", [["b"], ["a"]]),
        ("X=a; f() { run $X; }; f", [["a"]]),
        ("X=a; f() { run $X; }; f; X=b", [["$X"]]),
        ("f() { local X=a; run $X; }; run $X", [["a"], ["$X"]]),
        ("X=a; f() { X=b; }; run $X; f; run $X", [["a"], ["$X"]]),
        ("Y=$(run a); run $Y", [["a"], ["$Y"]]),
        ("X='*.py'; run $X *.txt '*' [ab]", [["*.py", "*.txt", "*", "[ab]"]]),
        ("R='run -it'; $R img", [["-it", "img"]]),
        ("run {a,b}{1..2} '{a,b}' {a", [["a1", "a2", "b1", "b2", "{a,b}", "{a"]]),
        ("run a # note\nrun 'a # b'", [["a"], ["a # b"]]),
        ("run a > out 2>&1 < in &> all b", [["a", "b"]]),
        ("cat <<EOF\nrun inside\nEOF\nrun after", [["after"]]),
        ("cat <<-'EOF' > x\n\trun inside it's\n\tEOF\nrun after", [["after"]]),
        ("run a; run b && run c || run d | run e & run f",
         [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
        ("! run a\n{ run b; }\nif run c; then :; fi", [["a"], ["b"], ["c"]]),
        ("run a \\\r\n  b\r\nrun c\r\n", [["a", "b"], ["c"]]),
        ("run $'a\\tb' $\"c\" \"d\\\"e\" f\\ g", [["a\tb", "c", 'd"e', "f g"]]),
        ("run é '😀' x", [["é", "😀", "x"]]),
        ("run <(ls a) >(wc)", [["<(ls a)", ">(wc)"]]),
        ("run $(cat <<E\nit's )\nE\n) b", [["$(cat <<E\nit's )\nE\n)", "b"]]),
        ("run $(case x in y) echo;; esac) b", [["$(case x in y) echo;; esac)", "b"]]),
    ],
)  # fmt: skip
def test_words(text: str, expected: list[list[str]]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize("character", ["é", "\uffff", "\U0001f600", "\U000fe5ea", "\U0010ffff"])
def test_braces_before_any_character(character: str) -> None:
    """The grammar's own scanner reads beyond a table for the larger ones."""
    for _ in range(200):
        assert words(f"run {{{character} {character}{{1") == [[f"{{{character}", f"{character}{{1"]]


def test_kinds_of_expansions() -> None:
    text = 'run $X "${Y:+a}" $(id) `pwd` $((Z+1)) ~ ~user/x "~" *.py ${Z%.*} X=~:~/y'
    assert [
        (part.source, part.kind, part.name, part.quoted)
        for one in shell_commands(text, file="x")[0].words
        for part in one.expansions
    ] == [
        ("$X", "variable", "X", False),
        ("${Y:+a}", "variable", "", True),
        ("$(id)", "command", "", False),
        ("`pwd`", "command", "", False),
        ("$((Z+1))", "arithmetic", "", False),
        ("~", "home", "HOME", True),
        ("~user", "home", "", True),
        ("*", "glob", "", False),
        ("${Z%.*}", "variable", "", False),
        ("~", "home", "HOME", True),
        ("~", "home", "HOME", True),
    ]


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("run", ""),
        ("for x in 1; do run; done", "in a for loop"),
        ("for ((i=0;i<3;i++)); do run; done", "in a for loop"),
        ("until false; do run; done", "in a while or until loop"),
        ("if a; then b; else run; fi", "in an if branch"),
        ("case a in b) run;; esac", "in a case branch"),
        ("f() { for x in 1; do run; done; }", "in a function, in a for loop"),
        ("x | run && (run)", ""),
    ],
)
def test_template(text: str, template: str) -> None:
    found = {c.template for c in shell_commands(text, file="x") if c.words[0].text == "run"}
    assert found == {template}


def test_what_stands_around_a_command() -> None:
    text = "export A=1\nB=2 C=$A run x > out 2>&1 | tee y\nrun z &"
    around = [
        (
            [(name, value.text) for name, value in c.assignments],
            {name: value.text for name, value in c.exported.items()},
            c.redirections,
            c.terminator,
            c.source,
        )
        for c in shell_commands(text, file="x")
    ]
    assert around == [
        ([("B", "2"), ("C", "1")], {"A": "1"}, ("> out", "2>&1"), "|", "B=2 C=$A run x > out 2>&1"),
        ([], {"A": "1"}, (), "", "tee y"),
        ([], {"A": "1"}, (), "&", "run z"),
    ]


@pytest.mark.parametrize(
    ("text", "expected", "repairs"),
    [
        (
            "run -it \\  \n  -v a:b \\\t\n img",
            ["-it", "-v", "a:b", "img"],
            ("blanks after the backslash at the end of a line were left out",),
        ),
        (
            "run -it \\ -v a:b \\ img",
            ["-it", "-v", "a:b", "img"],
            ("backslashes left over from lines joined into one were left out",),
        ),
        ("run a\\ b \\ c", ["a b", " c"], ()),
        ("run 'a \\  \nb'", ["a \\  \nb"], ()),
    ],
)
def test_repairs(text: str, expected: list[str], repairs: tuple[str, ...]) -> None:
    (command,) = shell_commands(text, file="x")
    assert ([w.text for w in command.words[1:]], command.repairs) == (expected, repairs)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run 'a", "x:1:5: unterminated single quote (close it)"),
        ('a\n  run "b\nc', "x:2:7: unterminated double quote (close it)"),
        ("run `a", "x:1:5: unterminated backtick (close it)"),
        ("run $(a", "x:1:6: unterminated ( (close it)"),
        ("run ${a", "x:1:5: unterminated ${ (close it)"),
        ("run $'a", "x:1:6: unterminated $' quote (close it)"),
        ("A=(a", "x:1:3: unterminated ( (close it)"),
        (
            "run {1..99999}",
            "x:1:1: a word becomes too much once braces and variables are put in (write it out)",
        ),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        shell_commands(text, file="x")
    assert str(caught.value) == message


def too_much(line: int) -> str:
    what = "a word becomes too much once braces and variables are put in (write it out)"
    return f"x:{line}:1: {what}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("run " + "{1..4000} " * 200, too_much(1), marks=pytest.mark.slow),
        ("run {1..4000}" + "x" * 20_000, too_much(1)),
        ("A=(a b)\n" + 'A=("${A[@]}" "${A[@]}")\n' * 10 + 'run "${A[@]}"\n' * 160, too_much(167)),
        ("A=" + "x" * 90_000 + "\n" + 'run "$A"\n' * 120, too_much(113)),
    ],
    ids=["words", "long words", "an array that doubles", "a long value"],
)
def test_a_short_text_that_becomes_a_long_one(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        shell_commands(text, file="x")
    assert str(caught.value) == message


def test_the_rest_of_a_broken_script_is_read() -> None:
    script = read_script("run a\nrun 'b\nrun c\n", file="x")
    assert [[w.text for w in c.words] for c in script.commands] == [
        ["run", "a"],
        ["run", "c"],
    ]
    assert [(str(p.error), p.source) for p in script.problems] == [
        ("x:2:5: unterminated single quote (close it)", "run 'b")
    ]


def test_places_follow_the_start_given() -> None:
    (command,) = shell_commands("a b\n", file="x", line=7, column=5)
    assert command.positions == (
        Place(file="x", line=7, column=5),
        Place(file="x", line=7, column=7),
    )


def test_secrets_are_passed_on_by_name() -> None:
    (command,) = shell_commands(
        "export DB_PASSWORD=hunter2\nMAX_TOKENS=3\n"
        'run -e X="$DB_PASSWORD" --pw=$DB_PASSWORD $MAX_TOKENS\n',
        file="x",
    )
    assert [w.text for w in command.words[1:]] == [
        "-e",
        "X=$DB_PASSWORD",
        "--pw=$DB_PASSWORD",
        "3",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('run $X "$X" ${X:-d} a$1 "$@"', ["b", "c", "b c", "b", "c", "a1", "1", "1 1", "2"]),
        ('X=$(date); Y=z; run "$X" $Y', ["b c", "z"]),
        (
            'run $PWD/x $(pwd) "$(cd "$(dirname "$0")/.." && pwd)" ~/y',
            ["/work/x", "/work", "/work", "/h/y"],
        ),
        ("run ${OPTS[@]} $(id -u) `id -g`", ["-v", "/a:/b", "7", "8"]),
        ("shift; run $1", ["2"]),
        ("f() { run $1; }", ["$1"]),
        ('for a in "$@"; do X=n; done; run $X', ["b", "c"]),
    ],
)
def test_what_the_user_says(text: str, expected: list[str]) -> None:
    values = {
        "X": "b c", "1": "1 1", "2": "2", "OPTS": "-v /a:/b", "ID_U": "7", "ID_G": "8",
        "HOME": "/h",
    }  # fmt: skip
    known = Known(values, "/work", script="sub/x.sh")
    script = read_script(text, file="sub/x.sh", dialect="bash", known=known)
    found = [[w.text for w in c.words[1:]] for c in script.commands if c.words[0].text == "run"]
    assert found[0] == expected


TWICE = """\
start() {
  local name=$(basename $1)
  docker run $name
}
start a/x
for d in b c; do start $d/x; done
ask() { docker run "$1"; }
ask a
ask b
"""


def test_what_calls_of_a_function_start_is_given_once() -> None:
    script = read_script(TWICE, file="x.sh", dialect="bash")
    found = [
        ([w.text for w in c.words[2:]], c.place.line)
        for c in script.commands
        if c.words[0].text == "docker"
    ]
    assert found == [(["x"], 3), (["a"], 7), (["b"], 9)]


def test_what_eval_leaves_open() -> None:
    text = """eval "run '$A' $(cat x) $B"; eval "$(tool hook)"; run ${C:-d}; eval "run 'a" """
    script = read_script(text, file="x.sh", dialect="bash")
    runs = [command.words for command in script.commands if command.words[0].text == "run"]
    texts = [[(part.source, part.quoted) for part in word.expansions] for word in runs[0][1:]]
    assert texts == [[("$A", True)], [("$(cat x)", False)], [("$B", False)]]
    assert [word.text for word in runs[1][1:]] == ["${C:-d}"]
    kept = [command.words for command in script.commands if command.words[0].text == "eval"]
    assert [[word.text for word in words[1:]] for words in kept] == [["$(tool hook)"], ["run 'a"]]


def test_an_option_that_the_script_must_be_given() -> None:
    text = "while getopts i:n: O; do case $O in i) I=$OPTARG;; n) N=$OPTARG;; esac; done\n"
    text += 'if [ -z "$I" ]; then\n  echo no; exit 1\nfi\nrun $I ${N:-d} $N "${I:0:2}"'
    (command,) = [c for c in read_script(text, file="x").commands if c.words[0].text == "run"]
    assert [word.text for word in command.words[1:]] == ["$I", "d", "$N", "${I:0:2}"]
    text = (
        'usage() { echo no; exit 1; }\nA=; B=\nif [[ -z $A || -z "$B" ]]; then usage; fi\nrun $A $B'
    )
    (command,) = [c for c in read_script(text, file="x").commands if c.words[0].text == "run"]
    assert [word.text for word in command.words[1:]] == ["$A", "$B"]


@pytest.mark.parametrize(
    ("head", "end"),
    [("while [ $# -gt 0 ]; do", "shift; done"), ("if command -v nvidia-smi; then", "fi")],
)
def test_defaults_come_in_the_same_order_in_every_run(head: str, end: str) -> None:
    names = ["mode", "cpus", "timeout", "memory", "length", "jobs", "limit", "target"]
    changed = "".join(f"{name}=2\n" for name in names)
    text = f"{changed.replace('2', '1')}{head}\n{changed}{end}\n"
    assert list(read_script(text, file="x").defaults) == sorted(names)


def test_defaults_are_told() -> None:
    text = 'X=${A:-1}; [ "$B" = y ] && X=2; while [ $# -gt 0 ]; do X=3; shift; done; run $X'
    assert read_script(text, file="x").defaults == {"A": "1", "B": "", "X": "1"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('A=(-a "$(pick x)":/w b); run "${A[@]}"', ["-a", "$(pick x):/w", "b"]),
        ('O="-a $(pick x):/w -b"; run $O', ["-a", "$(pick x):/w", "-b"]),
        ("V=$(pick x); run $V", ["$V"]),
    ],
    ids=["elements", "a text of options", "a value"],
)
def test_a_command_in_options_leaves_the_other_options_known(
    text: str, expected: list[str]
) -> None:
    assert words(text) == [expected]


@pytest.mark.parametrize(
    ("command", "expected", "own"),
    [
        ("$(seq $N)", "$(seq 4)", False),
        ('$(seq "${N}")', '$(seq "4")', False),
        ("`seq $N`", "`seq 4`", False),
        ("$(awk '{print $N}' f)", "$(awk '{print $N}' f)", False),
        ('$(echo \\$N "a\\$N")', '$(echo \\$N "a\\$N")', False),
        ("$(seq $OTHER)", "$(seq $OTHER)", False),
        ("$(seq $UNKNOWN)", "$(seq $UNKNOWN)", True),
        ("$(seq ${UNKNOWN:-1})", "$(seq ${UNKNOWN:-1})", True),
        ("$(seq $TEXT)", "$(seq $TEXT)", True),
    ],
)
def test_the_variables_of_a_command_that_is_left_to_another_shell(
    command: str, expected: str, own: bool
) -> None:
    script = f"N=4; TEXT='a b'; UNKNOWN=$(pick); run {command}"
    (word,) = next(
        c.words[1:] for c in shell_commands(script, file="a.sh") if c.words[0].text == "run"
    )
    assert [(part.source, part.own) for part in word.expansions] == [(expected, own)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('A=(); for d in /a /b; do A+=(-v "$d:$d"); done; run "${A[@]}"', "-v /a:/a -v /b:/b"),
        ('A=(); for d in ${MORE}; do A+=(-v "$d"); done; run "${A[@]}" x', "${A[@]} x"),
        ('M=; A=(); for d in ${M//:/ }; do A+=(-v "$d"); done; run "${A[@]}" x', "x"),
        ('set -- -v; for d in 1 2; do set -- "$@" $d; done; run "$@"', "-v 1 2"),
        ('A=(x); for a in "$@"; do A+=("$a"); done; run "${A[@]}"', "x $@"),
        ('A=(x); for a in "$@"; do A+=(-e "$a"); done; run "${A[@]}"', "x"),
        ("A=x; for d in 1 2; do other; A=$d; done; run $A y", "$A y"),
        ('set -- a; if [ -n "$G" ]; then set -- "$@" b; else set -- "$@" c; fi; run "$@"', "a c"),
        ('set -- a; if other; then set -- "$@" b; else set -- "$@" c; fi; run "$@"', "$@"),
    ],
)
def test_words_that_a_loop_or_a_branch_puts_together(text: str, expected: str) -> None:
    commands = read_script(text, file="x", dialect="bash").commands
    found = [" ".join(w.text for w in c.words[1:]) for c in commands if c.words[0].text == "run"]
    assert found == [expected]
