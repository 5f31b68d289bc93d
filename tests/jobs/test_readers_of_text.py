"""Whatever the text, the readers of scripts give commands or an InputError, and soon."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.readers.python.reader import read_python
from advisor.readers.shell.command import Script
from advisor.readers.shell.commands import read_script
from advisor.readers.sources.devcontainer import read_devcontainer
from advisor.readers.sources.makefile import read_makefile
from advisor.readers.sources.markdown import read_markdown
from advisor.readers.sources.pipeline import read_pipeline

Reader = Callable[[str, str], Script]


def python(text: str, file: str) -> Script:
    scripts = [made.script for made in read_python(text, file)]
    return Script(commands=tuple(each for script in scripts for each in script.commands))


READERS: dict[str, Reader] = {
    "bash": lambda text, file: read_script(text, file=file, dialect="bash"),
    "cmd": lambda text, file: read_script(text, file=file, dialect="cmd"),
    "powershell": lambda text, file: read_script(text, file=file, dialect="powershell"),
    "guessed": lambda text, file: read_script(text, file=file),
    "makefile": read_makefile,
    "markdown": read_markdown,
    "html": lambda text, file: read_markdown(text, f"{file}.html"),
    "python": python,
    "devcontainer": read_devcontainer,
    "pipeline": read_pipeline,
}

SEEDS = {
    "bash": """#!/bin/bash
IMG="a:1"; ARGS=(-v "$PWD":/w --gpus all); ARGS+=(--rm)
for i in {1..3}; do docker run "${ARGS[@]}" -e I=$i ${IMG:-b} sh -c 'echo "$X"' | tee log & done
case $1 in a) docker run $'x\\n' ;; *) f() { local Y=$(id -u); docker run -u $Y `pwd`; } ;; esac
cat <<EOF
$(docker run in)
EOF
docker run -it \\
  -v ~/x:/y $((1+2)) <(ls) img # note
""",
    "cmd": 'set X=a:b\r\ndocker run ^\r\n -v "%CD%\\x":/w %X% & echo %% > out\r\n',
    "powershell": "$x = 'a'\ndocker run `\n -v ${PWD}:/w \"$env:X $(ls)\" $x | out # note\n",
    "makefile": "A ?= b\nA += c\nrun: x\n\t@docker run $(A) $$HOME $(shell id) \\\n\t ${PWD}\n",
    "markdown": "# T\n\n> ```console\n> $ docker run a \\\n> > b\n> ```\n\n    docker run c\n",
    "html": "<pre><code>$ docker run <b>a</b> \\\n &amp;&amp; b</code></pre>"
    "<code>docker run c</code>\n",
    "python": "A = ['docker', 'run']\nif x:\n  A += [f'-e{y}']\ndef f(z=1, *a, **k):\n"
    "  run(A + [z, *a])\nf('b')\nc.containers.run('a', **{'ports': {1: 2}})\n",
    "devcontainer": '{"image": "a", // b\n"mounts": ["type=bind,source=${localEnv:X},target=/y"],}',
    "pipeline": "a:\n  script:\n    - docker run ${{ x }} b\n    - |\n      docker run c\n",
}
SEEDS["guessed"] = SEEDS["bash"]

tokens = st.sampled_from(
    ["docker run ", "\\\n", "\n", "\r\n", "\t", " ", "'", '"', "`", "$(", "${", ")", "}", "{", "(",
     "<<EOF\n", "EOF\n", "<(", "&&", "|", ";", "&", "#", "case x in ", "esac", "if ", "then ", "fi",
     "for i in ", "do ", "done", "X=", "X=(", "$X", "%CD%", "^", "$env:A", "{a,b}", "{1..9}", "~",
     "*", "[", "]", "$'", "\\x", "\0", "\ufeff", "\ud800", "é", "😀", "- run: ", "script:\n", "```",
     "> ", "$ ", "define x\n", "$$", "$(shell ", "f() ", "function ", "read X", "local X=", "eval ",
     "export X", "${X:-", "${X[@]}", "$((", "))"],
)  # fmt: skip


def read(reader: str, text: str) -> None:
    """Reads, and lets nothing but an InputError out."""
    try:
        script = READERS[reader](text, "file")
    except InputError:
        return
    for command in script.commands:
        assert len(command.words) == len(command.positions)
        assert all(place.line >= 1 and place.column >= 1 for place in command.positions)


@pytest.mark.parametrize("reader", READERS)
@given(text=st.one_of(st.text(max_size=200), st.lists(tokens, max_size=40).map("".join)))
def test_any_text(reader: str, text: str) -> None:
    read(reader, text)


@pytest.mark.parametrize("reader", READERS)
@given(seed=st.integers(0, 2**32), edits=st.integers(1, 6))
def test_damaged_text(reader: str, seed: int, edits: int) -> None:
    generator = random.Random(seed)
    text = SEEDS[reader]
    for _ in range(edits):
        at, size = generator.randrange(len(text) + 1), generator.randrange(4)
        piece = generator.choice(["", "'", '"', "`", "$(", "${", ")", "}", "\\", "\n", "\0", "<<E"])
        text = text[:at] + piece + text[at + size :]
    read(reader, text)


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "text",
    ["$(" * 20_000, "${X:-" * 20_000, "(" * 20_000, "`" * 20_001, "if x; then " * 10_000,
     "docker run " + "a" * 1_000_000, "docker run " + "{a,b}" * 200, "docker run {1..999999999}",
     "docker run " + "{" * 20_000, "docker run a\n" * 5_000, "case x in " * 9_000, "f() { " * 9_000,
     "docker run " + "a " * 20_000, "X=$X$X\n" * 200 + "docker run $X", "\\\n" * 50_000,
     "A=a\n" + "A=$A$A\n" * 60 + "docker run $A", "docker run " + "$A" * 20_000, "\t" * 100_000,
     "docker run " + '"' + "\\" * 100_001, "docker run " + "~:" * 20_000, "> " * 50_000,
     "cat <<E\n" * 5_000, "docker run " + "[" * 20_000, "docker run " + "$((" * 20_000,
     "if (1) { " * 9_000, "$A='a','b'\n" + "$A=@($A, $A)\n" * 60 + "docker run $A",
     "$A='a'\n" + "$A+=$A\n" * 60 + "docker run $A",
     "set A=a\n" + "set A=%A%%A%\n" * 60 + "docker run %A%",
     "a = 'docker run b'\n" + "a = a + a\n" * 60 + "run(a)",
     "a = ['docker', 'run']\n" + "a += a\n" * 60, "def f(): f(); f()\n" * 200,
     "for a in b:\n for c in d:\n  run('docker run a')\n" * 2_000, "x = " + "-" * 20_000 + "1",
     "if a: pass\n" + "elif b: pass\n" * 5_000, "<pre>" * 20_000, "<code" * 20_000],
    ids=range(36),
)  # fmt: skip
def test_what_nobody_writes(reader: str, text: str) -> None:
    read(reader, text)
