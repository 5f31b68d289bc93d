"""Two thousand images and five thousand nodes: what a large site's audit folds to."""

from __future__ import annotations

import msgspec

from advisor.findings.finding import STRICTEST, Finding
from advisor.judging.assessment import NodeSummary, Thing
from tests.output.sample import NODES, SAMPLE
from tests.output.sample_findings import FINDINGS
from tests.output.sample_things import IMAGES, subject


def _image(number: int) -> Thing:
    model = IMAGES[number % len(IMAGES)]
    host, team = f"registry-{number % 40}.lab.example", f"team-{number % 17}"
    name = f"{host}/{team}/project/image-{number}:v{number % 9}"
    return msgspec.structs.replace(
        model, subject=subject("image", name), outcome=STRICTEST[number % len(STRICTEST)]
    )


def _finding(number: int) -> Finding:
    model = FINDINGS[number % len(FINDINGS)]
    return msgspec.structs.replace(model, subject=subject("image", f"team/image-{number}:latest"))


def _node(number: int) -> NodeSummary:
    shape = NODES[number % len(NODES)]
    return msgspec.structs.replace(shape, name=f"node-{number:04}.cluster.lab.example", machine="")


LARGE = msgspec.structs.replace(
    SAMPLE,
    images=tuple(_image(number) for number in range(2000)),
    findings=tuple(_finding(number) for number in range(4000)),
    nodes=tuple(_node(number) for number in range(5000)),
)
