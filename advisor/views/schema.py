"""Which facts a rule may name: the view of each scope; and the rulebook that names them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.configuration.settings import Settings
from advisor.views.base import ViewFacts
from advisor.views.data_view import DataFacts
from advisor.views.facts import ClusterFacts, ImageFacts, JobFacts, NodeFacts
from advisor.views.machine_views import HostFacts
from advisor.views.storageclass_view import StorageClassFacts
from advisor.views.use_view import UseFacts

if TYPE_CHECKING:
    from advisor.rulebook.loaded import Rulebook

VARIABLES: dict[str, type[ViewFacts]] = {
    "cluster": ClusterFacts,
    "node": NodeFacts,
    "image": ImageFacts,
    "data": DataFacts,
    "storageclass": StorageClassFacts,
    "workload": JobFacts,
    "job": JobFacts,
    "host": HostFacts,
    "use": UseFacts,
}
"""The variable of each scope, and `use`; `needs` and examples are checked against them."""


def load_rulebook(settings: Settings, rule_directories: Sequence[str] = ()) -> Rulebook:
    """The built-in rules and the user's, as the settings change them; RuleError, InputError."""
    from advisor.rulebook.loader import load_rules  # it compiles every rule

    directories = [Path(directory) for directory in rule_directories]
    return load_rules(directories, variables=VARIABLES, settings=settings.rules)
