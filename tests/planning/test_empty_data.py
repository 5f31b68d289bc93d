"""A volume that is empty has nothing to move, whatever it is used for."""

from __future__ import annotations

import msgspec

from advisor import api
from advisor.facts.snapshot import Snapshot

_NAME = "mlflow-artifacts"


def _sized(size: int | None) -> Snapshot:
    snapshot = api.demo_snapshot()
    hosts = tuple(
        msgspec.structs.replace(
            host,
            volumes=tuple(
                msgspec.structs.replace(volume, size=size) if volume.name == _NAME else volume
                for volume in host.volumes or ()
            ),
        )
        for host in snapshot.hosts
    )
    return msgspec.structs.replace(snapshot, hosts=hosts)


def _become(size: int | None) -> tuple[str, str, str]:
    audit = api.audit(_sized(size))
    (thing,) = (one for one in audit.data if _NAME in one.subject.label)
    assert audit.plan is not None
    (place,) = (one for one in audit.plan.data if _NAME in one.label)
    return thing.outcome, thing.rule, place.action


def test_only_a_measured_nothing_stays() -> None:
    assert [_become(size) for size in (0, 1, None)] == [
        ("ok", "DAT000", "stay"),
        ("move", "DAT006", "copy"),
        ("move", "DAT006", "copy"),
    ]
