"""Manifests and compose files that stand in a page or in a script's here-document."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.readers.specs import read_specs

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: fit}
spec:
  containers:
  - name: main
    image: reg.example/team/fit:1
    resources: {limits: {nvidia.com/gpu: 2}}
"""
SERVICE = "services:\n  fit:\n    image: reg.example/team/fit:1\n"


def found(folder: Path, name: str, text: str) -> tuple[list[str], list[str], list[str]]:
    file = folder / name
    file.write_text(text)
    read = read_specs([str(file)])
    shown = [problem.where.removeprefix(f"{folder}/") for problem in read.problems]
    return [job.label for job in read.jobs], shown, [*read.notes]


@pytest.mark.parametrize(
    "script",
    [
        f"cat << EOF | oc apply -f -\n---\n{POD}EOF\n",
        f"kubectl apply -f - <<'EOF'\n{POD}EOF\n",
        f"cat >fit.yaml <<\\END\n{POD}END\nmicrok8s kubectl create -f fit.yaml\n",
        f"#!/bin/sh\n\tcat <<-EOF >x\n{POD}\tEOF\n",
    ],
)
def test_a_here_document_is_read(tmp_path: Path, script: str) -> None:
    jobs, problems, _ = found(tmp_path, "go.sh", script)
    assert (jobs, problems) == (["Pod fit"], [])


def test_one_that_the_shell_fills_in_is_told(tmp_path: Path) -> None:
    text = "echo start\ncat <<EOF | kubectl apply -f -\n" + POD.replace("fit:1", "fit:$TAG")
    assert found(tmp_path, "go.sh", f"{text}EOF\n") == (
        [],
        [],
        [
            f"{tmp_path}/go.sh:3: a manifest that the shell fills in is not read, since $TAG is not"
            " known: give --set NAME=VALUE for each variable, or name what the script writes"
        ],
    )


def test_a_fault_has_the_line_of_the_script(tmp_path: Path) -> None:
    text = f"echo start\ncat <<'EOF' | kubectl apply -f -\n{POD}  hostNetwork: [\nEOF\n"
    jobs, problems, _ = found(tmp_path, "go.sh", text)
    assert jobs == []
    assert [one.startswith("go.sh:1") for one in problems] == [True]


def test_the_blocks_of_a_page_are_read(tmp_path: Path) -> None:
    page = (
        f"# Fit\n\n```yaml\n{POD}```\n\n~~~yml title=compose\n{SERVICE}~~~\n\n"
        "```yaml\nresources:\n  limits: {}\n```\n\n```python\nservices:\n```\n"
    )
    assert found(tmp_path, "README.md", page) == (["Pod fit", "service fit"], [], [])


def test_a_block_with_a_fault_is_an_example(tmp_path: Path) -> None:
    page = f"```yaml\n{POD}  ...more: [\n```\n"
    jobs, problems, notes = found(tmp_path, "README.md", page)
    assert (jobs, problems) == ([], [])
    assert [": an example that is not judged: " in note for note in notes] == [True]
