"""Commands as cmd.exe reads them."""

from __future__ import annotations

import pytest

from advisor.jobs.word import Expansion, Word, word
from advisor.readers.shell.commands import read_script


def words(text: str) -> list[list[str]]:
    """The words of each command."""
    script = read_script(text, file="x.bat", dialect="cmd")
    return [[w.text for w in c.words] for c in script.commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("docker run -it ^\n  -v a:b ^  \n  img\n", [["docker", "run", "-it", "-v", "a:b", "img"]]),
        ('run "a b" c\\d "e\\"f" "g\\\\"', [["run", "a b", "c\\d", 'e"f', "g\\"]]),
        ("run 'a b'", [["run", "'a", "b'"]]),
        ("run a^&b & run c && run d | more > out 2>&1", [["run", "a&b"], ["run", "c"],
                                                        ["run", "d"], ["more"]]),
        ("@echo off\n@run a\nrem run b\n:: run c\nREM\nrun d", [["echo", "off"], ["run", "a"],
                                                              ["run", "d"]]),
        ("set X=a b\nset \"Y=c\"\nrun %X% %y% \"%X%\"", [["run", "a", "b", "c", "a b"]]),
        ("run %CD%:/w %1 %% 50%", [["run", "%CD%:/w", "$1", "%", "50%"]]),
        ("set \"D=%~dp0\"\nset F=%~2\nrun %~dp0in %D%out %D%\\x %F% %*",
         [["run", "%~dp0\\in", "%~dp0\\out", "%~dp0\\x", "$2", "$@"]]),
        ("run C:\\Users\\me:/data", [["run", "C:\\Users\\me:/data"]]),
        ("run \"\"", [["run", ""]]),
    ],
)  # fmt: skip
def test_words(text: str, expected: list[list[str]]) -> None:
    assert words(text) == expected


def test_variables_stay() -> None:
    (command,) = read_script("run %cd%\\x:/w", file="x.bat", dialect="cmd").commands
    folder = Expansion(source="%cd%", kind="percent", name="CD")
    assert command.words == (word("run"), Word(parts=(folder, "\\x:/w")))


def test_open_quote() -> None:
    script = read_script('run a\nrun "b\nrun c\n', file="x.bat", dialect="cmd")
    assert [[w.text for w in c.words] for c in script.commands] == [["run", "a"], ["run", "c"]]
    assert [str(p.error) for p in script.problems] == [
        "x.bat:2:5: unterminated double quote (close it)"
    ]
