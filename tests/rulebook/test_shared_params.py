"""Parameters stand side by side only where no other rule has one of the same name."""

from __future__ import annotations

from advisor import api


def test_rules_with_parameters_of_one_scope() -> None:
    rulebook = api.load_rulebook(api.Settings())
    for scope in ("image", "data", "cluster"):
        shared = rulebook.shared(scope)
        own = {
            loaded.rule.id: loaded.params
            for loaded in (*rulebook.plain(scope), *rulebook.deciding(scope))
            if loaded.rule.id in shared.rules
        }
        named = [name for params in own.values() for name in params]
        assert sorted(named) == sorted(shared.values)
        assert all(shared.values[n] == v for params in own.values() for n, v in params.items())


def test_a_scope_without_rules_shares_nothing() -> None:
    assert api.load_rulebook(api.Settings()).shared("nothing") == ({}, frozenset())
