"""Where a use has its data or image."""

from __future__ import annotations

from advisor.placement.eligibility import Eligibility
from advisor.placement.image_location import Location
from advisor.views.use_view import use_view


def test_an_assumed_node_is_no_machine_to_go_to() -> None:
    location = Location(place="on-machine", machines=("assumed-gpu-1", "dgx"))
    eligible = Eligibility(nodes=("assumed-gpu-1",), ready=("assumed-gpu-1",))
    use = use_view(
        None,
        location,
        eligible,
        nodes_of_hosts={},
        nodes_gap=(),
        assumed=frozenset({"assumed-gpu-1"}),
    )
    assert (use.facts["machines"], use.facts["on_eligible"]) == (["dgx"], True)
