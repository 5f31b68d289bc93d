"""Equal parts are one object, and nothing else changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from advisor.facts.workload import PodContainer, PodTemplate, PodVolume, Toleration, VolumeMount
from advisor.probes.kubernetes.fold import Sharing

_WORDS = st.sampled_from(["", "a", "data", "main"])
_AMOUNTS = st.dictionaries(st.sampled_from(["cpu", "memory"]), st.integers(0, 2))
_CONTAINERS = st.builds(
    PodContainer,
    name=_WORDS,
    image=_WORDS,
    init=st.booleans(),
    requests=_AMOUNTS,
    limits=_AMOUNTS,
    variables=st.lists(_WORDS, max_size=3).map(tuple),
    mounts=st.lists(st.builds(VolumeMount, volume=_WORDS, path=_WORDS), max_size=2).map(tuple),
    run_as_user=st.none() | st.integers(0, 1),
)
_TEMPLATES = st.builds(
    PodTemplate,
    containers=st.lists(_CONTAINERS, max_size=2).map(tuple),
    volumes=st.lists(
        st.builds(PodVolume, name=_WORDS, kind=_WORDS, size=st.none() | st.integers(0, 1)),
        max_size=2,
    ).map(tuple),
    node_selector=st.dictionaries(_WORDS, _WORDS, max_size=2),
    tolerations=st.lists(st.builds(Toleration, key=_WORDS), max_size=2).map(tuple),
    host_network=st.booleans(),
)


@given(st.lists(_TEMPLATES, max_size=6))
def test_what_comes_back_is_equal(templates: list[PodTemplate]) -> None:
    sharing = Sharing()
    shared = [sharing.of(template) for template in templates]
    assert shared == templates
    assert [repr(one) for one in shared] == [repr(one) for one in templates]


@given(_CONTAINERS, _CONTAINERS)
def test_equal_parts_are_one_object(first: PodContainer, second: PodContainer) -> None:
    sharing = Sharing()
    one, two = sharing.of(first), sharing.of(second)
    parts = ("name", "variables", "mounts", "requests", "limits")
    alike = [getattr(one, part) is getattr(two, part) for part in parts]
    assert alike == [repr(getattr(first, part)) == repr(getattr(second, part)) for part in parts]


def test_true_is_not_one() -> None:
    sharing = Sharing()
    assert sharing.of(1) is not True
    assert (sharing.of((True,)), repr(sharing.of(True))) == ((True,), "True")
