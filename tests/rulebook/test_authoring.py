"""`rules test` goes on after the first failure, and new rules pass it."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.rulebook.authoring import RuleTest, new_rule, test_rules
from advisor.rulebook.document import built_in_root
from advisor.rulebook.loaded import SCOPES
from advisor.views.schema import VARIABLES
from tests.rulebook.sample import LARGE


def test_all_failures_of_all_files(tmp_path: Path) -> None:
    broken = LARGE.replace("LAB001", "LAB002").replace("params.limit", "parms.limit")
    failing = LARGE.replace("size: 10}", "size: 101}").replace("a has 2.0", "a has 2")
    (tmp_path / "LAB001.yaml").write_text(failing)
    (tmp_path / "LAB002.yaml").write_text(broken)
    (tmp_path / "LAB003.yaml").write_text(LARGE.replace("LAB001", "LAB003"))
    results = test_rules([tmp_path], variables=VARIABLES)
    first, second, third = (str(tmp_path / f"LAB00{number}.yaml") for number in (1, 2, 3))
    assert results == (
        RuleTest(
            rule="LAB001",
            file=first,
            examples=3,
            failures=(
                f"{first}:19:5: example `large` gives finding with the message `a has 2.0 KiB.`, "
                "expected finding with the message `a has 2 KiB.`",
                f"{first}:23:5: example `small` gives finding with the message `a has 101 B.`, "
                "expected ok",
            ),
        ),
        RuleTest(
            rule="LAB002",
            file=second,
            examples=0,
            failures=(
                f"{second}:10:5: the condition does not compile: unknown name `parms`; "
                "the variables here are `cluster`, `image`, `params`",
            ),
        ),
        RuleTest(rule="LAB003", file=third, examples=3),
    )


@pytest.mark.slow
def test_the_folders_of_the_built_in_rules_are_tested_as_what_they_are(tmp_path: Path) -> None:
    root = built_in_root()
    assert isinstance(root, Path)
    whole = test_rules([], variables=VARIABLES)
    assert test_rules([root], variables=VARIABLES) == whole
    area = test_rules([root / "preflight"], variables=VARIABLES)
    assert area == tuple(one for one in whole if one.file.startswith("rules/preflight/"))
    assert len(area) > 20
    (tmp_path / "LAB001.yaml").write_text(new_rule("LAB001", "node"))
    both = test_rules([root / "gpu", tmp_path], variables=VARIABLES)
    assert [one.rule for one in both][-1] == "LAB001"


def test_a_copy_of_a_built_in_rule_elsewhere_has_its_id_taken(tmp_path: Path) -> None:
    root = built_in_root()
    assert isinstance(root, Path)
    file = tmp_path / "PRE001.yaml"
    file.write_bytes((root / "preflight" / "PRE001.yaml").read_bytes())
    (found,) = test_rules([tmp_path], variables=VARIABLES)
    assert found.failures == (
        f"{file}:1:5: the id `PRE001` is taken by rules/preflight/PRE001.yaml",
    )


@pytest.mark.parametrize("scope", SCOPES)
def test_new_rule_passes(tmp_path: Path, scope: str) -> None:
    file = tmp_path / "LAB001.yaml"
    file.write_text(new_rule("LAB001", scope))
    assert test_rules([tmp_path], variables=VARIABLES) == (
        RuleTest(rule="LAB001", file=str(file), examples=3),
    )


@pytest.mark.parametrize(
    ("rule_id", "scope", "line"),
    [
        ("lab1", "image", "`lab1` is no rule id (2 to 6 capitals and 3 digits, like LAB001)"),
        ("IMG001", "image", "the id `IMG001` is a built-in rule's (as in: LAB001)"),
        (
            "LAB001",
            "pod",
            "`pod` is no scope (one of: cluster, node, image, data, storageclass, workload, job, "
            "host)",
        ),
    ],
)
def test_rule_that_cannot_be(rule_id: str, scope: str, line: str) -> None:
    with pytest.raises(InputError) as caught:
        new_rule(rule_id, scope)
    assert caught.value.line() == line
