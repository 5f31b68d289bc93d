"""What is wrong with a rule file is one line with the file, the line and the column."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.configuration.settings import RuleSetting
from advisor.errors import AdvisorError, InputError, RuleError
from advisor.rulebook.checks import problems
from advisor.rulebook.loader import load_rule, load_rules
from advisor.views.schema import VARIABLES
from tests.rulebook.sample import LARGE, PATHS, loaded, source_of

# The words at a "..." are those of a parser: they change with its releases, the place does not.
DEFECTS = {
    "nesting that no parser bears": (
        "title: Image is large",
        f"title:\n  {'- ' * 50_000}a",
        "3:501: nested more than 250 levels deep",
    ),
    "bad YAML": (
        "title: Image is large",
        "title: Image: large",
        "2:13: not YAML: ...",
    ),
    "unknown key": ("why: Every", "wy: Every", "15:1: unknown key `wy`"),
    "unknown key in an example": (
        "  - name: small\n",
        "  - name: small\n    given: 1\n",
        "24:5: unknown key `examples[1].given`",
    ),
    "missing key": ("title: Image is large\n", "", "1:1: missing key `title`"),
    "wrong type": ('since: "0.1.0"', "since: 0.1", "17:8: `since`: expected `str`, got `float`"),
    "wrong severity": (
        "severity: warning",
        "severity: grave",
        "3:11: `severity`: invalid enum value 'grave'",
    ),
    "id is not the file's name": (
        "id: LAB001",
        "id: LAB002",
        "1:5: the id `LAB002` is not the file's name",
    ),
    "unknown fact": (
        "- image.size",
        "- image.sizes",
        "7:5: there is no fact `image.sizes`; did you mean `image.size`?",
    ),
    "whole variable": ("- image.size", "- image", "7:5: name a fact, not a variable"),
    "fact of another scope": (
        "- image.size",
        "- node.name",
        "7:5: a rule of scope image has no variable `node`",
    ),
    "use without an outcome": (
        "- image.size",
        "- use.job",
        "7:5: a rule of scope image has no variable `use` (only a rule with an outcome has it)",
    ),
    "outcome of another scope": (
        "scope: image\n",
        "scope: node\noutcome: move\n",
        "5:10: only scopes image and data have an outcome",
    ),
    "condition ends early": (
        "    params.limit",
        "    (params.limit",
        "10:18: the condition does not compile: ...",
    ),
    "undeclared variable": (
        "    params.limit",
        "    parms.limit",
        "10:5: the condition does not compile: unknown name `parms`; "
        "the variables here are `cluster`, `image`, `params`",
    ),
    "unknown function": (
        "    params.limit",
        "    biggest(params.limit)",
        "10:5: the condition does not compile: unknown name `biggest`; "
        "the variables here are `cluster`, `image`, `params`",
    ),
    "not a condition": (
        "  image.size >\n    params.limit",
        "  size('a')",
        "9:3: the condition does not compile: gives int instead of true or false",
    ),
    "default of another type": (
        "default: 100",
        "default: many",
        "12:31: the default of `limit` is not int: Expected `int`, got `str`",
    ),
    "presence asked": (
        "    params.limit",
        "    params.limit && has(image.size)",
        "10:25: `has()` would make a missing fact a plain no; leave it out, missing gives unknown "
        "by itself",
    ),
    "condition reads a fact that is not needed": (
        "    params.limit",
        "    params.limit && image.loopback",
        "10:21: `image.loopback` is not among the rule's needs",
    ),
    "condition reads no fact": (
        "    params.limit",
        "    params.limit || image.contents.exists(c, c.ident == '')",
        "10:21: `image.contents` is not among the rule's needs",
    ),
    "whole group": (
        "    params.limit",
        "    params.limit && 'size' in image",
        "10:31: `image` is a group of facts; name one of them",
    ),
    "unknown parameter": (
        "    params.limit",
        "    params.max",
        "10:5: the rule has no parameter `max`",
    ),
    "message does not parse": (
        "has {{ image.size | bytes }}.",
        "has {{ image.size | bites }}.",
        "13:11: the message: ...",
    ),
    "message names no variable": (
        "has {{ image.size | bytes }}.",
        "has {{ size | bytes }}.",
        "13:11: the message: unknown name `size`; the variables here are `cluster`, `image`, "
        "`params`",
    ),
    "message reads a fact that is not needed": (
        "has {{ image.size | bytes }}.",
        "has {{ image.changed | map(attribute='host') | listed }}.",
        "13:11: the message: `image.changed.host` is not among the rule's needs",
    ),
    "message reads no fact": (
        "has {{ image.size | bytes }}.",
        "{% for c in image.contents %}{{ c.ident }}{% endfor %}",
        "13:11: the message: `image.contents` is not among the rule's needs",
    ),
    "no example of a kind": (
        "result: unknown",
        "result: ok",
        "19:3: no example with the result `unknown`",
    ),
    "example of an unknown fact": (
        "{reference: a, size: 10}",
        "{reference: a, sizes: 10}",
        "24:35: there is no fact `image.sizes`; did you mean `image.size`?",
    ),
    "example of another variable": (
        "{image: {reference: a, size: 10}}",
        "{node: {name: a}}",
        "24:13: a rule of this kind has no variable `node`",
    ),
    "example of the wrong type": (
        "{reference: a, size: 10}",
        "{reference: a, size: ten}",
        "24:35: `image.size`: expected `int`, got `str`",
    ),
    "example without its message": (
        "    message: a has 2.0 KiB.\n",
        "",
        "19:5: an example that finds needs the whole message",
    ),
    "example of another result": (
        "size: 10}",
        "size: 101}",
        "23:5: example `small` gives finding with the message `a has 101 B.`, expected ok",
    ),
    "example of another message": (
        "a has 2.0 KiB.",
        "a has 2 KiB.",
        "19:5: example `large` gives finding with the message `a has 2.0 KiB.`, "
        "expected finding with the message `a has 2 KiB.`",
    ),
    "repeated key": (
        "remedy: Make it smaller.\n",
        "remedy: Make it smaller.\nremedy: Delete it.\n",
        "15:1: key `remedy` is given twice",
    ),
    "second document": (
        "    result: unknown\n",
        "    result: unknown\n---\na: 1\n",
        "30:1: a second document in one file",
    ),
}


def first_error(text: str) -> str:
    try:
        rule = load_rule(source_of(text, stem="LAB001"), PATHS, taken={})
    except RuleError as error:
        return error.line()
    return next((problem.line() for problem in problems(rule, PATHS)), "")


def test_sample_is_right() -> None:
    assert first_error(LARGE) == ""


@pytest.mark.parametrize("defect", DEFECTS)
def test_defect_is_named_with_its_place(defect: str) -> None:
    right, wrong, expected = DEFECTS[defect]
    assert right in LARGE
    found, known = first_error(LARGE.replace(right, wrong)), f"LAB001.yaml:{expected}"
    if expected.endswith("..."):
        assert found.startswith(known[:-3])
        assert len(found) > len(known[:-3])
    else:
        assert found == known


def test_id_of_another_area() -> None:
    with pytest.raises(RuleError) as caught:
        load_rule(source_of(LARGE, prefix="GPU"), PATHS, taken={})
    assert caught.value.line() == "LAB001.yaml:1:5: ids in this folder begin with GPU"


def test_id_that_is_taken() -> None:
    with pytest.raises(RuleError) as caught:
        load_rule(source_of(LARGE), PATHS, taken={"LAB001": loaded(LARGE)})
    assert caught.value.line() == "LAB001.yaml:1:5: the id `LAB001` is taken by LAB001.yaml"


def error_of_directory(directory: Path) -> str:
    with pytest.raises(AdvisorError) as caught:
        load_rules([directory], variables=VARIABLES)
    return caught.value.line().replace(str(directory), "DIR")


def test_user_rules_join_the_built_in_ones(tmp_path: Path) -> None:
    (tmp_path / "storage").mkdir()
    (tmp_path / "README.md").write_text("ours")
    (tmp_path / "storage" / "LAB001.yaml").write_text(LARGE)
    built_in = load_rules(variables=VARIABLES)
    assert list(load_rules([tmp_path], variables=VARIABLES)) == sorted([*built_in, "LAB001"])


def test_user_rule_that_fails_its_example(tmp_path: Path) -> None:
    (tmp_path / "LAB001.yaml").write_text(LARGE.replace("size: 10}", "size: 101}"))
    assert error_of_directory(tmp_path) == (
        "DIR/LAB001.yaml:23:5: example `small` gives finding with the message `a has 101 B.`, "
        "expected ok"
    )


def test_unexpected_file(tmp_path: Path) -> None:
    (tmp_path / "LAB001.yml").write_text(LARGE)
    assert error_of_directory(tmp_path) == (
        "DIR/LAB001.yml:1:1: not a rule file (a rules folder holds ID.yaml files only)"
    )


def test_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "LAB001.yaml").write_bytes(b"\xff\xfe")
    assert error_of_directory(tmp_path) == (
        "DIR/LAB001.yaml:1:1: cannot be read: 'utf-8' codec can't decode byte 0xff in position 0: "
        "invalid start byte"
    )


def test_no_such_directory(tmp_path: Path) -> None:
    assert error_of_directory(tmp_path / "none") == (
        "DIR: not a readable directory: No such file or directory "
        "(give a directory with one YAML file a rule)"
    )


def test_directory_without_rules(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("ours")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("")
    assert error_of_directory(tmp_path) == (
        "DIR: there are no rules in this directory (give a directory with one YAML file a rule)"
    )


def test_settings_change_a_rule(tmp_path: Path) -> None:
    (tmp_path / "LAB001.yaml").write_text(LARGE)
    setting = RuleSetting(severity="info", enabled=False, params={"limit": 7})
    book = load_rules([tmp_path], variables=VARIABLES, settings={"LAB001": setting})
    rule = book["LAB001"]
    assert (rule.rule.severity, rule.rule.enabled, rule.params) == ("info", False, {"limit": 7})
    assert rule not in book.plain("image")


@pytest.mark.parametrize(
    ("rule", "params", "expected"),
    [
        (
            "LAB009",
            {},
            "rules.LAB009: there is no such rule (`advisor rules list` shows them all)",
        ),
        ("LAB001", {"max": 1}, "rules.LAB001.params.max: no such parameter (it has: limit)"),
        (
            "LAB001",
            {"limit": "x"},
            "rules.LAB001.params.limit: does not fit the parameter: Expected `int`, got `str`",
        ),
    ],
)
def test_settings_that_fit_no_rule(
    tmp_path: Path, rule: str, params: dict[str, object], expected: str
) -> None:
    (tmp_path / "LAB001.yaml").write_text(LARGE)
    settings = {rule: RuleSetting(params=params)}
    with pytest.raises(InputError) as caught:
        load_rules([tmp_path], variables=VARIABLES, settings=settings)
    assert caught.value.line() == expected
