"""Which accounts an item gets, and that many items cost no more each than few."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from advisor.jobs.ledger import Item
from advisor.writers.account import Account
from advisor.writers.account_index import AccountIndex


def account(field: str, *keys: str) -> Account:
    return Account(field, "mapped", " ".join(keys) or field, "", keys)


def reasons(index: AccountIndex, name: str, value: str, field: str) -> list[str]:
    return [one.reason for one in index.of_item(Item(name=name, value=value), field)]


INDEX = AccountIndex(
    (
        account("environment", "A", "prod.env"),
        account("mounts", "/mnt", "/data"),
        account("environment", "B"),
        account("mounts", "/scratch", "/data"),
        account("image"),
        account("capabilities_added", "SYS_ADMIN"),
    )
)


def test_a_variable_is_found_by_its_name() -> None:
    assert reasons(INDEX, "--env", "B=1", "environment") == ["B"]


def test_a_file_has_the_variables_that_come_from_it() -> None:
    assert [one.reason for one in INDEX.of_file("prod.env")] == ["A prod.env"]


def test_a_mount_is_told_by_its_target_where_sources_agree() -> None:
    assert reasons(INDEX, "--volume", "/data:/mnt:ro", "mounts") == ["/mnt /data"]


def test_a_source_alone_stands_for_all_its_mounts() -> None:
    found = reasons(INDEX, "volumes[0].hostPath.path", "/data", "mounts")
    assert found == ["/mnt /data", "/scratch /data"]


def test_one_without_keys_is_its_fields_own() -> None:
    assert reasons(INDEX, "IMAGE", "lab/train:3", "image") == ["image"]


def test_a_capability_may_have_its_prefix() -> None:
    assert reasons(INDEX, "--cap-add", "CAP_SYS_ADMIN", "capabilities_added") == ["SYS_ADMIN"]


def test_nothing_is_found_where_no_field_is_named() -> None:
    assert reasons(INDEX, "--init", "true", "") == []


TEXT = st.text(alphabet="ab/:=, }]", min_size=1, max_size=6)


@given(st.lists(TEXT, min_size=1, max_size=30), TEXT)
def test_many_keys_are_found_as_few_are(keys: list[str], value: str) -> None:
    """By looking up parts of the value, or by trying every key."""
    index = AccountIndex([account("ports", key) for key in keys])
    item = Item(name="--publish", value=value)
    expected = [
        key
        for key in keys
        if key == "--publish"
        or re.search(rf"(?:^|[\s:,=]){re.escape(key)}(?:$|[\s:,/}}\]])", value)
    ]
    assert [one.keys[0] for one in index.of_item(item, "ports")] == expected
