from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.facts.selector import Requirement, Selector, parse_selector

LABELS = {"gpu": "a100", "tier": "lab", "cards": "8", "nvidia.com/gpu.present": "true", "empty": ""}

keys = st.sampled_from(["gpu", "tier", "example.com/pool", "cards", "A_b.c-d"])
values = st.sampled_from(["", "a100", "lab", "8", "x_y.z-1"])
requirements = st.one_of(
    st.builds(Requirement, key=keys, operator=st.sampled_from(["exists", "absent"])),
    st.builds(
        Requirement,
        key=keys,
        operator=st.sampled_from(["in", "notin"]),
        values=st.sets(values, min_size=1).map(lambda found: tuple(sorted(found))),
    ),
    st.builds(
        Requirement,
        key=keys,
        operator=st.sampled_from(["gt", "lt"]),
        values=st.integers(0, 99).map(lambda number: (str(number),)),
    ),
)
selectors = st.builds(Selector, st.lists(requirements, min_size=1, max_size=4).map(tuple))


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        ("  ", True),
        ("gpu=a100", True),
        ("gpu==h100", False),
        ("gpu != h100", True),
        ("absent!=x", True),
        ("gpu", True),
        ("!gpu", False),
        ("! absent", True),
        ("absent", False),
        ("gpu in (h100, a100), tier notin (prod)", True),
        ("gpu in (h100)", False),
        ("absent notin (x)", True),
        ("nvidia.com/gpu.present=true", True),
        ("empty=", True),
        ("gpu=", False),
        ("empty in ()", True),
        ("cards>4", True),
        ("cards>8", False),
        ("cards<9,tier=lab", True),
        ("tier>4", False),
        ("tier<4", False),
        ("absent<4", False),
        ("in in (notin)", False),
    ],
)
def test_matching_is_that_of_kubernetes(text: str, matches: bool) -> None:
    assert parse_selector(text).matches(LABELS) is matches


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a=b,", "column 5: a label name is expected where it ends"),
        ("=b", "column 1: a label name is expected where there is '='"),
        ("a b", "column 3: an operator such as = or in is expected where there is 'b'"),
        ("a in b", "column 6: '(' is expected where there is 'b'"),
        ("a in (b", "column 8: ')' is expected where it ends"),
        ("a>b", "column 3: a whole number is expected where there is 'b'"),
        ("a=b=c", "column 4: ',' is expected where there is '='"),
        ("-a=b", "column 1: a label name is expected where there is '-a'"),
        ("a=" + "v" * 64, "column 3: a label value is expected where there is '" + "v" * 64 + "'"),
        ("!", "column 2: a label name is expected where it ends"),
    ],
)
def test_a_fault_is_told_with_its_column(text: str, fault: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_selector(text)
    assert refused.value.line() == (
        f"--exclude-nodes: {fault} (as in: gpu=no, tier in (a,b), !retired)"
    )


@given(selectors)
def test_what_is_written_is_read_back(selector: Selector) -> None:
    assert parse_selector(str(selector)) == selector


@given(st.text(alphabet="ab1=!,()<> in/.-", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        selector = parse_selector(text)
    except InputError:
        return
    assert parse_selector(str(selector)) == selector


@given(requirements, st.dictionaries(keys, values))
def test_a_set_and_its_complement_never_agree(
    requirement: Requirement, labels: dict[str, str]
) -> None:
    opposites = {"in": "notin", "notin": "in", "exists": "absent", "absent": "exists"}
    if requirement.operator not in opposites:
        return
    opposite = Requirement(
        key=requirement.key,
        operator=opposites[requirement.operator],  # type: ignore[arg-type]
        values=requirement.values,
    )
    assert requirement.matches(labels) is not opposite.matches(labels)
