"""A rule text to change one thing of, and the way from texts to a rulebook without files."""

from __future__ import annotations

from typing import Any

from advisor.findings.finding import Subject
from advisor.rulebook.document import Document, RuleSource
from advisor.rulebook.fact_paths import FactPaths
from advisor.rulebook.loaded import LoadedRule, Rulebook, Use, View
from advisor.rulebook.loader import load_rule
from advisor.views.schema import VARIABLES

PATHS = FactPaths(VARIABLES)

LARGE = """\
id: LAB001
title: Image is large
severity: warning
scope: image
needs:
  - image.reference
  - image.size
when: >-
  image.size >
    params.limit
params:
  limit: {type: int, default: 100, description: Bytes that are too many.}
message: "{{ image.reference }} has {{ image.size | bytes }}."
remedy: Make it smaller.
why: Every node pulls it.
links: [https://example.org/large]
since: "0.1.0"
examples:
  - name: large
    facts: {image: {reference: a, size: 2048}}
    result: finding
    message: a has 2.0 KiB.
  - name: small
    facts: {image: {reference: a, size: 10}}
    result: ok
  - name: size not known
    facts: {image: {reference: a}}
    result: unknown
"""

_SHORT = """\
id: {id}
title: {title}
severity: {severity}
scope: {scope}
{outcome}needs: [{needs}]
when: |
  {when}
message: "{message}"
remedy: Do it.
why: Because.
since: "0.1.0"
examples: []
"""


def short_rule(
    id: str,
    when: str,
    *,
    needs: str,
    message: str = "found",
    title: str = "Image is odd",
    severity: str = "warning",
    scope: str = "image",
    outcome: str = "",
) -> str:
    """A rule without examples, for tests of the engine."""
    return _SHORT.format(
        id=id,
        title=title,
        severity=severity,
        scope=scope,
        outcome=f"outcome: {outcome}\n" if outcome else "",
        needs=needs,
        when=when,
        message=message,
    )


def source_of(text: str, *, stem: str = "", prefix: str = "") -> RuleSource:
    stem = stem or text.partition("\n")[0].removeprefix("id: ")
    return RuleSource(
        document=Document(file=f"{stem}.yaml", text=text),
        stem=stem,
        prefix=prefix,
        built_in=False,
    )


def loaded(text: str) -> LoadedRule:
    return load_rule(source_of(text), PATHS, taken={})


def book_of(*texts: str) -> Rulebook:
    return Rulebook({rule.rule.id: rule for rule in map(loaded, texts)})


def image(name: str = "a") -> Subject:
    return Subject(scope="image", id=f"image:{name}", label=f"the image {name}")


def image_view(facts: dict[str, Any], *uses: Use, name: str = "a", **more: Any) -> View:
    return View(subject=image(name), facts=facts, uses=uses, **more)
