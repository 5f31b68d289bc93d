"""Cells of notebooks, and of pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor.readers.specs import read_specs

CELLS = [
    ("markdown", "# Train\n\n```bash\ndocker run --rm lab/page:1 ls\n```"),
    ("code", "import os\nroot = '/raid/sets'\ntag = '2'\nfolder = os.path.join(root, 'cars')"),
    ("code", "%%bash\ndocker run --gpus 2 \\\n  lab/shell:1 ls"),
    ("code", "def broken(:\n!docker run lab/left:1"),
    (
        "code",
        "%env MODE=fast\nif folder:\n    out = !docker run -v {folder}:/data -v $HOME/x:/x \\\n"
        "        -e A={missing} lab/fit:$tag \\\n        fit --awk '{print $1}'\nprint(out)",
    ),
    ("code", "%%writefile serve.sh\n#!/bin/bash\ndocker run -p 80:80 lab/serve:1"),
    ("code", "%%html\n<pre>docker run lab/no:1</pre>"),
    ("raw", "docker run lab/no:2"),
]
EXPECTED = [
    ("lab/page:1", ("ls",)),
    ("lab/shell:1", ("ls",)),
    ("lab/left:1", ()),
    ("lab/fit:2", ("fit", "--awk", "{print $1}")),
    ("lab/serve:1", ()),
]


def notebook(cells: list[tuple[str, str]], *, lines: bool) -> str:
    """The notebook as an editor writes it; without `lines` as a program may."""
    made = [
        {"cell_type": kind, "source": text.splitlines(keepends=True) if lines else text}
        for kind, text in cells
    ]
    return json.dumps({"cells": made, "nbformat": 4}, indent=1 if lines else None)


@pytest.mark.parametrize("lines", [True, False])
def test_each_cell_is_read_as_what_it_is(tmp_path: Path, lines: bool) -> None:
    text = notebook(CELLS, lines=lines)
    (tmp_path / "a.ipynb").write_text(text)
    read = read_specs([str(tmp_path / "a.ipynb")])
    runs = [job.run for job in read.jobs if job.run]
    assert [
        (run.image.text, tuple(given.text for given in run.arguments)) for run in runs
    ] == EXPECTED
    fit = runs[3]
    assert [(mount.source.text, mount.target.text) for mount in fit.mounts] == [
        ("/raid/sets/cars", "/data"),
        ("$HOME/x", "/x"),
    ]
    assert [given.value and given.value.text for given in fit.environment] == ["$MISSING"]
    assert [str(problem) for problem in read.problems] == []
    if lines:
        rows = text.split("\n")
        marks = ["lab/page", "docker run --gpus", "lab/left", "out = !", "lab/serve"]
        assert [job.place.line for job in read.jobs if job.place] == [
            next(number for number, row in enumerate(rows, start=1) if mark in row)
            for mark in marks
        ]


def test_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text('{"docker": 1}')
    (problem,) = read_specs([str(tmp_path / "a.ipynb")]).problems
    assert (problem.what, problem.where) == (
        "is no notebook of Jupyter",
        str(tmp_path / "a.ipynb"),
    )


PAGE = """\
```python
data = "/raid/a"
!docker run -v {data}:/d lab/one:1
```

```bash
!docker run --gpus all -p8000:8000 \\
  lab/two:1 serve
```

```python
subprocess.run(["docker", "run", "lab/three:1", data])
!docker run -v {data}:/d --name fit
```

```json
// .devcontainer/devcontainer.json
{
  "image": "lab/four:1",
  "runArgs": ["--gpus", "2"]
}
```
"""


def test_cells_on_a_page(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(PAGE)
    read = read_specs([str(tmp_path / "a.md")])
    found = [(job.place.line, job.run.image.text) for job in read.jobs if job.place and job.run]
    assert found == [(3, "lab/one:1"), (7, "lab/two:1"), (12, "lab/three:1"), (19, "lab/four:1")]
    assert [mount.source for mount in read.jobs[0].mounts] == ["/raid/a"]
    assert [str(problem) for problem in read.problems] == []
    assert [note.partition("a.md:")[2][:30] for note in read.notes] == [
        "13:1: an example that is not j"
    ]
