"""Which accounts are those of an item: found by their keys, however many there are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product

from advisor.jobs.ledger import Item
from advisor.writers.account import Account

_TOGETHER = frozenset({"--service-type", "--address", "--nfs-server", "--gpu-request-type"})
_BY_PART = frozenset(
    {"mounts", "ports", "devices", "environment_files", "groups", "tolerations"}
    | {"--pvc-new", "environment_sources"}
)
"""Fields whose keys stand somewhere in the value of their flag."""
_MOUNTS = "mounts"
_MARK = re.compile(r"[\s:,=]")
_START = re.compile(r"^|(?<=[\s:,=])")
_END = re.compile(r"(?=[\s:,/}\]])|\Z")
_NAME_IN_PAIRS = re.compile(r"name: ([^,]+)")
_Keys = dict[str, list[int]]


class AccountIndex:
    """The accounts of one job; what it gives is in their order."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._accounts = accounts
        self._of_field: dict[str, list[int]] = defaultdict(list)
        self._of_key: dict[str, _Keys] = defaultdict(lambda: defaultdict(list))
        self._of_target: _Keys = defaultdict(list)
        self._of_file: dict[str, list[Account]] = defaultdict(list)
        self._unnamed: dict[str, list[Account]] = defaultdict(list)
        for number, account in enumerate(accounts):
            self._of_field[account.field].append(number)
            if not account.keys:
                self._unnamed[account.field].append(account)
            for key in dict.fromkeys(account.keys):
                self._of_key[account.field][key].append(number)
            if account.field == "environment":
                for file in dict.fromkeys(account.keys[1:]):
                    self._of_file[file].append(account)
            if account.field == _MOUNTS and account.keys:
                self._of_target[account.keys[0]].append(number)

    def of_item(self, item: Item, field: str) -> list[Account]:
        """Those of the item's field; where several are told apart, those that are meant."""
        if not field or field not in self._of_field:
            return []
        meant = self._chosen(sorted(set(self._meant(item, field))))
        return [account for account in meant if account.keys] or self._unnamed.get(field, [])

    def of_file(self, name: str) -> list[Account]:
        """Those of the variables of an env file."""
        return self._of_file.get(name, [])

    def _chosen(self, numbers: Iterable[int]) -> list[Account]:
        return [self._accounts[number] for number in numbers]

    def _meant(self, item: Item, field: str) -> Iterable[int]:
        if item.name in _TOGETHER:
            return self._of_field[field]
        of_key = self._of_key[field]
        if field not in _BY_PART:
            return _numbers(_wholes(item), of_key)
        both_ends = field == _MOUNTS and _MARK.search(item.value) is not None
        at_target = tuple(
            _numbers(_parts(item, self._of_target), self._of_target) if both_ends else ()
        )
        return at_target or _numbers(_parts(item, of_key), of_key)


def _numbers(keys: Iterable[str], of_key: _Keys) -> Iterator[int]:
    for key in keys:
        yield from of_key.get(key, ())


def _wholes(item: Item) -> Iterator[str]:
    """What a key of one thing can be: the value, its name, or the last step of the item's path."""
    yield item.value
    yield re.split(r"[=:]", item.value, maxsplit=1)[0]
    yield _last_key(item.name)
    yield item.value.upper().removeprefix("CAP_")
    named = _NAME_IN_PAIRS.match(item.value)
    if named:
        yield named[1]


def _parts(item: Item, known: Collection[str]) -> Iterator[str]:
    """What stands in the value between two marks or its ends; where that is more than there are
    keys, those of the keys."""
    yield _last_key(item.name)
    value = item.value
    starts = [found.start() for found in _START.finditer(value)]
    ends = [found.start() for found in _END.finditer(value)]
    if len(starts) * len(ends) > len(known):
        yield from (key for key in known if key in value and _stands_in(key, value))
        return
    for start, end in product(starts, ends):
        if start < end:
            yield value[start:end]


def _stands_in(key: str, value: str) -> bool:
    pattern = rf"(?:^|[\s:,=]){re.escape(key)}(?:$|[\s:,/}}\]])"
    return bool(key) and re.search(pattern, value) is not None


def _last_key(name: str) -> str:
    """The last step of a path; one with dots or slashes in it stands in brackets and quotes."""
    quoted = re.search(r'\["([^"]*)"\]$', name)
    return quoted[1] if quoted else re.split(r"[./\[]", name)[-1].strip("]'\"")
