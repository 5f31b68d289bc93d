"""What to ask registries: the images of a snapshot, and the contents that machines have of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from advisor.facts.host import HostImage
from advisor.facts.image_reference import ImageReference, parse_reference
from advisor.facts.snapshot import Snapshot


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """The content of one image on a machine: the digest of its `config`, and those of `manifests`
    or indexes, whichever its runtime names. `architecture` is that of the config."""

    config: str = ""
    manifests: tuple[str, ...] = ()
    architecture: str = ""

    @property
    def digests(self) -> tuple[str, ...]:
        """Every digest."""
        return (*((self.config,) if self.config else ()), *self.manifests)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One image. `text` is a spelling of its name; `copies` what machines have under it."""

    text: str
    reference: ImageReference
    copies: tuple[Copy, ...] = ()


def ask_for(texts: Iterable[str], copies: tuple[Copy, ...] = ()) -> tuple[Question, ...]:
    """Questions after the names alone, compared with `copies` if there are any; text that is no
    image's name is left out."""
    return _merged((text, copies) for text in texts)


def questions_of(snapshot: Snapshot, also: Iterable[str] = ()) -> tuple[Question, ...]:
    """Every named image of hosts, nodes and jobs, and the names `also`, once.

    Not those of loopback registries: what answers here is not what answers on a node.
    """
    asked = _merged((*_seen(snapshot), *((text, ()) for text in also)))
    return tuple(one for one in asked if not one.reference.loopback)


def _merged(pairs: Iterable[tuple[str, tuple[Copy, ...]]]) -> tuple[Question, ...]:
    questions: dict[str, Question] = {}
    for text, copies in pairs:
        try:
            reference = parse_reference(text)
        except ValueError:
            continue
        question = questions.get(reference.key) or Question(text=text, reference=reference)
        new = tuple(copy for copy in copies if copy not in question.copies and copy.digests)
        questions[reference.key] = msgspec.structs.replace(question, copies=question.copies + new)
    return tuple(questions[key] for key in sorted(questions))


def _seen(snapshot: Snapshot) -> Iterator[tuple[str, tuple[Copy, ...]]]:
    for host in snapshot.hosts:
        for image in host.images or ():
            for name in image.tags or image.digests:
                yield name, (_host_copy(image, name, host.image_store or ""),)
        for container in host.containers or ():
            yield container.image, ()
    if snapshot.cluster is None:
        return
    for listed in snapshot.cluster.node_images or ():
        for name in [one for one in listed.names if "@" not in one] or listed.names:
            yield name, (Copy(manifests=_digests(listed.names, name)),)
    for workload in snapshot.cluster.workloads or ():
        for part in workload.template.containers:
            yield part.image, ()


def _host_copy(image: HostImage, name: str, store: str) -> Copy:
    """containerd names content by its manifest or index, the others by its config."""
    content = image.id if ":" in image.id else f"sha256:{image.id}"
    manifests = _digests(image.digests, name)
    if store == "containerd":
        return Copy(manifests=tuple(sorted({content, *manifests})))
    config = content if image.id else ""
    return Copy(config=config, manifests=manifests, architecture=image.architecture)


def _digests(references: Iterable[str], name: str) -> tuple[str, ...]:
    """Digests under which the repository of `name` is said to have the content."""
    try:
        wanted = parse_reference(name).name
        parsed = [parse_reference(reference) for reference in references if "@" in reference]
    except ValueError:
        return ()
    return tuple(sorted({one.digest for one in parsed if one.name == wanted}))
