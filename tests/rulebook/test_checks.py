"""Rules of strangers: nothing in them takes time or memory without a bound, or reads anything."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from advisor.errors import AdvisorError
from advisor.rulebook.checks import check_text, problems
from advisor.rulebook.document import directory_sources
from advisor.rulebook.loader import load_rule
from advisor.rulebook.template import TextError
from tests.rulebook.sample import LARGE, PATHS, source_of

DOUBLED = "{% set a = image.x ~ image.x %}" + "".join(
    f"{{% set a{n + 1} = a{n or ''} ~ a{n or ''} %}}" for n in range(3)
)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (DOUBLED, "`a2` and other names that are set are joined again and again"),
        ("{% set a = image.x %}" * 7, "sets more than 6 names"),
        ("{% macro a() %}{{ a() }}{% endmacro %}", "`macro` is not allowed in a text"),
        ("{% include '/etc/passwd' %}", "`include` is not allowed in a text"),
        ("{% filter upper %}a{% endfilter %}", "`filterblock` is not allowed in a text"),
        ("{{ image.x | slice(100000000) }}", "No filter named 'slice'."),
        ("{{ image.x | batch(9, 'x') }}", "No filter named 'batch'."),
        ("{{ image.x | indent(100000000) }}", "No filter named 'indent'."),
        ("{{ image.x | attr('y') }}", "No filter named 'attr'."),
        ("{{ image.x | map('replace', 'a', 'aa') }}", "`map` takes an attribute here"),
        ("{{ image.x" + " | replace('a', 'aa')" * 4 + " }}", "`replace` could make a text of any"),
        ("{{ image.x | replace('a', image.x) }}", "`replace` could make a text of any length"),
        ("{{ image.x | join('-' * 9) }}", "`join` could make a text of any length"),
        ("{{ range(9) }}", "nothing can be called here but methods of texts"),
        ("{{ image.x.format(1) }}", "nothing can be called here but methods of texts"),
        ("{% if image.x %}" * 100 + "{% endif %}" * 100, "nested more than 12 levels deep"),
        ("{{ " + "(" * 1900 + "1" + ")" * 1900 + " }}", "nested more than 12 levels deep"),
        ("{% for a in image.x %}{% endfor %}" * 7, "loops too often"),
        ("{% for a in image.x %}" * 3 + "{% endfor %}" * 3, "loops too often"),
        ("{{ image.x" + " ~ image.x" * 8 + " }}", "joins more than 8 parts"),
        ("x" * 4001, "has more than 4,000 characters"),
        ("{% if %}", "Expected an expression, got 'end of statement block'"),
    ],
)
def test_texts_that_are_refused(text: str, what: str) -> None:
    with pytest.raises(TextError) as caught:
        check_text(text)
    assert caught.value.what.startswith(what)


def _defect(text: str) -> str:
    try:
        loaded = load_rule(source_of(text), PATHS, taken={})
        return next((error.line() for error in problems(loaded, PATHS)), "")
    except AdvisorError as error:
        return error.line()


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("title: Image is large", 'title: "a\x1bb"', "2:10: not text: there is the control charac"),
        ("title: Image is large", "title: a\x00b", "2:9: not text: there is the control character"),
        ("title: Image is large", "title: !!python/name:os.system x", "2:8: the tag `"),
        ("title: Image is large", "title: !x {a: 1}", "2:8: the tag `!x` means nothing in a rule"),
        (LARGE, BOMB, "6:8: aliases expand to more than 200,000 values"),
        (LARGE, "a: " + "[" * 5000, "nested more than 250 levels deep"),
        (LARGE, LARGE + "---\n" + LARGE, "a second document in one file"),
        (LARGE, "", "1:1: expected `object`, got `null`"),
    ],
)
def test_files_that_are_refused(old: str, new: str, line: str) -> None:
    assert line in _defect(LARGE.replace(old, new))


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ("image.size > 0 && 'a'" + ".replace('a', 'aaaaaaaa')" * 4 + " != ''", "texts longer"),
        ("[1].map(a, [1].map(b, [a, b])).size() > 0", "a list is made within another"),
        ("image.size > 0" + " " * 4000, "the condition has more than 4,000 characters"),
    ],
)
def test_conditions_that_are_refused(condition: str, what: str) -> None:
    text = re.sub(r"when: >-\n(  .*\n)+", f'when: "{condition}"\n', LARGE, count=1)
    assert what in _defect(text)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "zero").mkdir()
    (tmp_path / "zero" / "LAB001.yaml").symlink_to("/dev/zero")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "LAB001.yaml")
    (tmp_path / "long").mkdir()
    (tmp_path / "long" / "LAB001.yaml").write_text("#" * 300_000)
    for name, what in (("zero", "no file"), ("pipe", "no file"), ("long", "262,144 bytes")):
        with pytest.raises(AdvisorError, match=what):
            list(directory_sources(tmp_path / name))
