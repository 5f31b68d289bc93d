"""How an image that a single job names would get to the registry, as the plan has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from advisor.configuration.settings import Ignore
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import ImagePush
from advisor.placement.image_inventory import image_key, image_label
from advisor.placement.image_location import locate_image
from advisor.placement.placement import Placement
from advisor.planning.image_content import Content, image_contents
from advisor.planning.image_plan import HOLDS_BACK, source_hosts
from advisor.planning.names import Wish, target_names
from advisor.rulebook.template import listed


class ImagePushes:
    """The pushes of images that single jobs name, as the plan has them: content by content, each
    under the name and from the machine of the whole plan. An image is held back for a secret in it
    unless the rule is ignored, and while one name stands for several contents."""

    def __init__(self, placement: Placement, registry: str, ignores: Sequence[Ignore]) -> None:
        self._engines = {host.name: host.engine for host in placement.snapshot.hosts}
        self._ignores = tuple(one for one in ignores if one.rule in HOLDS_BACK)
        leaving = [one for one in image_contents(placement) if one.hosts and _is_local(one)]
        self._sources = source_hosts(leaving, placement.snapshot.hosts)
        wishes = (Wish(one.id, one.label, sorted(one.on_hosts())) for one in leaving)
        self._names = target_names(wishes, registry)
        self._of_entry: dict[str, list[Content]] = defaultdict(list)
        for content in leaving:
            for entry in content.entries:
                self._of_entry[entry.key].append(content)

    def push_of(self, job: JobSpec, image: str) -> ImagePush | None:
        """How the job's image gets to the registry; None where no machine has it."""
        contents = self._of_entry.get(image_key(image), [])
        contents = [one for one in contents if job.host in one.on_hosts()] or contents
        if not contents:
            return None
        targets = [self._names[one.id].name for one in contents]
        held = tuple(self._held(job, image, contents, targets))
        host = self._sources[contents[0].id] if len(contents) == 1 else ""
        return ImagePush(
            target=targets[0] if len(targets) == 1 else "",
            host=host,
            engine=self._engines.get(host, "docker"),
            held="; ".join(held),
        )

    def _held(
        self, job: JobSpec, image: str, contents: Sequence[Content], targets: Sequence[str]
    ) -> Iterator[str]:
        names = {name for one in contents if one.image for name in one.image.secret_variables}
        subjects = (f"image:{image_key(image)}", image_label(image))
        ignored = any(
            fnmatchcase(subject, one.subject) for one in self._ignores for subject in subjects
        )
        if names and not ignored and HOLDS_BACK.isdisjoint(rule for rule, _ in job.ignores):
            yield (
                f"held back: it sets {listed(sorted(names))} (IMG022), which everybody"
                " could read in a registry; build it anew without"
            )
        if len(contents) > 1:
            kinds = (
                f"{one.id.removeprefix('sha256:')[:12]} on {listed(sorted(one.on_hosts()))} for"
                f" {target}"
                for one, target in zip(contents, targets, strict=True)
            )
            yield (
                f"{len(contents)} different images (IMG019): {listed(list(kinds))}; push"
                " the one that the job means under that name, and give --set IMAGE=NAME"
            )


def _is_local(content: Content) -> bool:
    return not any(
        locate_image(entry, job=None, images_unread=()).place.startswith("registry-")
        for entry in content.entries
    )
