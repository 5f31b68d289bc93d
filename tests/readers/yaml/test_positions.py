from __future__ import annotations

import pytest

from advisor.readers.yaml.positions import Path, position

TEXT = """\
---
a:
- b: 1
- c:
    d: x
---
base: &base {e: 1}
f:
  <<: *base
  g: 2
"""


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        ((), 0, (2, 1)),
        (("a",), 0, (2, 1)),
        (("a", 1), 0, (4, 3)),
        (("a", 1, "c", "d"), 0, (5, 5)),
        (("a", 1, "c", "absent", "below"), 0, (4, 3)),
        (("a", 7), 0, (2, 1)),
        (("f", "g"), 1, (10, 3)),
        (("f", "e"), 1, (7, 14)),
        (("a",), 5, (1, 1)),
    ],
)
def test_position(path: Path, document: int, expected: tuple[int, int]) -> None:
    assert position(TEXT, path, document) == expected
