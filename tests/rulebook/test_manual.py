"""The manual of a rule and the page of them all."""

from __future__ import annotations

from advisor.rulebook.document import RuleSource
from advisor.rulebook.loaded import Rulebook
from advisor.rulebook.loader import load_rule
from advisor.rulebook.manual import explain, facts_markdown, rules_markdown
from advisor.views.base import UNSET, UnsetType, ViewFacts
from tests.rulebook.sample import LARGE, PATHS, loaded, source_of

LARGE_MANUAL = """\
LAB001  Image is large

  severity  warning
  scope     image
  since     0.1.0

Why
  Every node pulls it.

Needs
  image.reference
  image.size

Finds something when
  image.size >
    params.limit

Says, for example (large)
  a has 2.0 KiB.

Remedy
  Make it smaller.

Parameters
  limit (int, default 100): Bytes that are too many.

Links
  https://example.org/large
"""
PAGE = """\
# Rules

Made by `make docs` from the files in `rules/`; change those, not this page. \
`advisor rules explain ID` prints one of them.

**Images**

| rule | finds | severity | outcome |
|---|---|---|---|
| [IMG001](#img001) | Image is large | warning |  |

## Images

### IMG001

**Image is large**

warning · scope `image` · since 0.1.0

Every node pulls it.

Needs `image.reference`, `image.size`. Condition:

```cel
image.size >
  params.limit
```

> a has 2.0 KiB.

Remedy: Make it smaller.

- parameter limit (int, default 100): Bytes that are too many.

- <https://example.org/large>

"""
FACTS = """\
## Facts

What the conditions and texts of rules may name. A fact that may be missing is one that no probe \
could supply; a condition that depends on it gives `unknown`.

### `shelf`

One shelf.

- name: on its label
- boxes: see Box; labels: of the shelf
- weight: in grams, null when nobody weighed it, as on the day of delivery

A box on it.

- size: bytes

| fact | is | may be missing |
|---|---|---|
| `shelf.name` | text |  |
| `shelf.boxes` | list of groups | yes |
| `shelf.boxes.size` | number |  |
| `shelf.labels` | map of text to text |  |
| `shelf.weight` | number or null |  |
| `shelf.open` | true or false | yes |
| `shelf.names` | list of text |  |"""


class Box(ViewFacts, frozen=True, kw_only=True):
    """A box on it.

    size: bytes
    """

    size: int


class Shelf(ViewFacts, frozen=True, kw_only=True):
    """One shelf.

    name: on its label
    boxes: see Box; labels: of the shelf
    weight: in grams, null when nobody weighed it,
    as on the day of delivery
    """

    name: str
    boxes: tuple[Box, ...] | UnsetType = UNSET
    labels: dict[str, str] = {}
    weight: int | None = None
    open: bool | UnsetType = UNSET
    names: tuple[str, ...] = ()


def test_explain() -> None:
    assert explain(loaded(LARGE).rule) == LARGE_MANUAL


def test_page() -> None:
    source = source_of(LARGE.replace("LAB001", "IMG001"))
    shipped = RuleSource(document=source.document, stem="IMG001", prefix="IMG", built_in=True)
    book = Rulebook({"IMG001": load_rule(shipped, PATHS, taken={}), "LAB001": loaded(LARGE)})
    assert rules_markdown(book, {}).partition("## Facts")[0] == PAGE


def test_facts_are_told_from_the_views() -> None:
    assert facts_markdown({"shelf": Shelf}) == FACTS
