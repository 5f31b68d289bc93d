"""What of the plan is done, as a task list that is markdown and plain text alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from advisor.output.markdown_text import code, plain
from advisor.planning.status import STATES, Progress, State

_TOPICS = {"image": "Images", "data": "Data", "job": "Jobs"}
_BOXES: dict[State, str] = {"done": "[x]", "open": "[ ]", "unknown": "[ ] not known:"}


def render_status(progress: Sequence[Progress]) -> str:
    """The count first, then each thing by topic, what is done last."""
    return "\n".join(_lines(progress)).strip() + "\n"


def _lines(progress: Sequence[Progress]) -> Iterable[str]:
    counts = Counter(one.state for one in progress)
    unknown = f", {counts['unknown']} not known" if counts["unknown"] else ""
    yield f"{counts['done']} of {len(progress)} done{unknown}"
    for topic, title in _TOPICS.items():
        group = [one for one in progress if one.topic == topic]
        if group:
            yield f"\n## {title}\n"
        for one in sorted(group, key=lambda each: STATES.index(each.state)):
            yield f"- {_BOXES[one.state]} {code(one.label)}: {plain(one.why)}"
