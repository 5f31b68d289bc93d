"""From rule files to a rulebook; whatever is wrong with a file names its line and column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from advisor.configuration.settings import RuleSetting
from advisor.errors import InputError, RuleError
from advisor.rulebook.checks import LONGEST, problems
from advisor.rulebook.document import ID, RuleSource, built_in_sources, directory_sources
from advisor.rulebook.expression import Environment, Expression, ExpressionError, environment
from advisor.rulebook.fact_paths import FactPaths
from advisor.rulebook.loaded import TOPICS, LoadedRule, Rule, Rulebook

PARAMETER_TYPES: dict[str, Any] = {
    "int": int,
    "float": float,
    "bool": bool,
    "string": str,
    "strings": list[str],
}


def load_rules(
    directories: Sequence[Path] = (),
    *,
    variables: Mapping[str, type],
    settings: Mapping[str, RuleSetting] | None = None,
) -> Rulebook:
    """The built-in rules and those of the user's directories, the settings applied.

    Raises RuleError for the first file that does not load. A user's rule is checked whole, with its
    examples; of built-in ones only the shape is, and their conditions are compiled when they are
    first tried: the rest is the suite's and `advisor rules test`'s work, and would cost every start
    0.2 s.
    """
    rules = dict(_built_in_rules())
    paths = FactPaths(variables) if directories else None
    for source in chain.from_iterable(map(directory_sources, directories)):
        assert paths is not None
        loaded = load_rule(source, paths, taken=rules)
        raise_first(problems(loaded, paths))
        rules[loaded.rule.id] = loaded
    return Rulebook(_configured(rules, settings or {}))


@lru_cache(maxsize=1)
def _built_in_rules() -> Mapping[str, LoadedRule]:
    """Read once: a process that judges again and again has the same ones each time."""
    rules: dict[str, LoadedRule] = {}
    for source in built_in_sources():
        # A built-in rule, whose needs lead to facts and whose condition compiles.
        document = source.document
        rule = document.decode(Rule)
        raise_first(_id_problems(source, rule, rules))
        env = environment(variable_names(rule))
        loaded = LoadedRule(
            rule=rule,
            document=document,
            built_in=True,
            environment=env,
            expression=env.later(rule.when),
            needs=tuple(rule.needs),
            params={name: _default(source, rule, name) for name in rule.params},
        )
        rules[loaded.rule.id] = loaded
    return MappingProxyType(rules)


def load_rule(
    source: RuleSource, paths: FactPaths, *, taken: Mapping[str, LoadedRule]
) -> LoadedRule:
    """One file read, checked in shape and compiled; `taken` are the ids that are in use."""
    document = source.document
    rule = document.decode(Rule)
    raise_first(_id_problems(source, rule, taken))
    if len(rule.when) > LONGEST:
        raise document.error(f"the condition has more than {LONGEST:,} characters", "when")
    names = variable_names(rule)
    needs = tuple(_known_needs(source, rule, paths, names))
    env = environment(names)
    return LoadedRule(
        rule=rule,
        document=document,
        built_in=source.built_in,
        environment=env,
        expression=_compiled(source, rule, env),
        needs=needs,
        params={name: _default(source, rule, name) for name in rule.params},
    )


def variable_names(rule: Rule) -> tuple[str, ...]:
    """What the rule's condition and texts may name: its scope, `cluster`, `params` and `use`."""
    names = {"cluster", "params", rule.scope}
    return tuple(sorted(names | {"use"} if rule.outcome else names))


def raise_first(errors: Iterable[RuleError]) -> None:
    for error in errors:
        raise error


def _id_problems(
    source: RuleSource, rule: Rule, taken: Mapping[str, LoadedRule]
) -> Iterator[RuleError]:
    document = source.document
    if rule.id != source.stem:
        yield document.error(f"the id `{rule.id}` is not the file's name", "id")
    if not ID.match(rule.id):
        yield document.error(f"the id `{rule.id}` is not 2 to 6 capitals and 3 digits", "id")
    if not rule.id.startswith(source.prefix):
        yield document.error(f"ids in this folder begin with {source.prefix}", "id")
    if rule.id in taken:
        other = taken[rule.id].document.file
        yield document.error(f"the id `{rule.id}` is taken by {other}", "id")
    if rule.outcome and rule.scope not in TOPICS:
        yield document.error(f"only scopes {' and '.join(TOPICS)} have an outcome", "outcome")


def _known_needs(
    source: RuleSource, rule: Rule, paths: FactPaths, names: Sequence[str]
) -> Iterator[str]:
    for index, need in enumerate(rule.needs):
        variable = need.partition(".")[0]
        root = paths.rooted(need)
        if variable not in names and variable in paths.kinds:
            advice = " (only a rule with an outcome has it)" if variable == "use" else ""
            raise source.document.error(
                f"a rule of scope {rule.scope} has no variable `{variable}`{advice}", "needs", index
            )
        if root is None or root == variable:
            what = paths.describe_unknown(need) if root is None else "name a fact, not a variable"
            raise source.document.error(what, "needs", index)
        yield root


def _compiled(source: RuleSource, rule: Rule, env: Environment) -> Expression:
    try:
        return env.compile(rule.when)
    except ExpressionError as error:
        what = f"the condition does not compile: {error.what}"
        raise source.document.error(what, "when", offset=error.offset) from None


def _default(source: RuleSource, rule: Rule, name: str) -> Any:
    parameter = rule.params[name]
    try:
        return msgspec.convert(parameter.default, PARAMETER_TYPES[parameter.type])
    except msgspec.ValidationError as error:
        what = f"the default of `{name}` is not {parameter.type}: {error}"
        raise source.document.error(what, "params", name, "default") from None


def _configured(
    rules: Mapping[str, LoadedRule], settings: Mapping[str, RuleSetting]
) -> dict[str, LoadedRule]:
    for rule_id in settings:
        if rule_id not in rules:
            raise InputError(
                "there is no such rule",
                where=f"rules.{rule_id}",
                remedy="`advisor rules list` shows them all",
            )
    return {
        rule_id: _with_setting(loaded, settings[rule_id]) if rule_id in settings else loaded
        for rule_id, loaded in rules.items()
    }


def _with_setting(loaded: LoadedRule, setting: RuleSetting) -> LoadedRule:
    rule = loaded.rule
    changed = msgspec.structs.replace(
        rule,
        severity=setting.severity or rule.severity,
        enabled=rule.enabled if setting.enabled is None else setting.enabled,
    )
    params = {**loaded.params, **_set_params(rule, setting)}
    return msgspec.structs.replace(loaded, rule=changed, params=params)


def _set_params(rule: Rule, setting: RuleSetting) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for name, value in setting.params.items():
        where = f"rules.{rule.id}.params.{name}"
        if name not in rule.params:
            known = ", ".join(rule.params) or "none"
            raise InputError("no such parameter", where=where, remedy=f"it has: {known}")
        try:
            params[name] = msgspec.convert(value, PARAMETER_TYPES[rule.params[name].type])
        except msgspec.ValidationError as error:
            raise InputError(f"does not fit the parameter: {error}", where=where) from None
    return params
