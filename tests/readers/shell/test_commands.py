"""Which shell pasted text was written for."""

from __future__ import annotations

import pytest

from advisor.readers.shell.commands import dialect_of, dialect_of_script


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("docker run -it img", "bash"),
        ("docker run \\\n -v $PWD:/w img", "bash"),
        ("docker run -v `pwd`:/w img", "bash"),
        ("docker run -v C:\\x:/w \\\n img", "bash"),
        ("docker run -e X=`date +%Y%m%d` img", "bash"),
        ("docker run -v ${PWD}:/w img", "bash"),
        ("docker run ^\n img", "cmd"),
        ("docker run -v %cd%:/w img", "cmd"),
        ("docker run -v %~dp0:/w img", "cmd"),
        ("docker run -v C:\\x:/w img", "cmd"),
        ('docker run -v "C:\\x y:/w" img', "cmd"),
        ("docker run `\n img", "powershell"),
        ("docker run -v ${PWD}:/w `  \n img", "powershell"),
        ("docker run -v $env:USERPROFILE:/w img", "powershell"),
        ("docker run -e T=`hostname` \\\n img", "bash"),
        ("docker run img sh -c 'grep ^\n x'", "bash"),
        ('docker run img sh -c "a ^\n b" ^\n c', "cmd"),
        ("docker run img sh -c 'echo `\n date`'", "bash"),
    ],
)
def test_dialect(text: str, dialect: str) -> None:
    assert dialect_of(text) == dialect


def test_a_shell_script_with_ticks_is_powershell() -> None:
    assert dialect_of_script("docker run -d `\n  --name x `\n  img\n") == "powershell"
    assert dialect_of_script("X=`\n docker ps\n`\ndocker run \\\n img\n") == "bash"
    assert dialect_of_script("echo 'a `\n b'\n") == "bash"
