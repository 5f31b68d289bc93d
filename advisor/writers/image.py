"""The image's name and pull policy on the target."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from advisor.facts.image_reference import is_image_id, is_image_name, parse_reference
from advisor.facts.secrecy import redact_text
from advisor.jobs.ledger import Fate
from advisor.jobs.run import Run
from advisor.jobs.translation import ImagePush, Situation
from advisor.jobs.word import Expansion, Word, asked_for, joined, word
from advisor.writers.shell_text import quote_word, step

_POLICIES = {
    "always": "Always",
    "missing": "IfNotPresent",
    "ifnotpresent": "IfNotPresent",
    "never": "Never",
}
_REASONS: dict[str, tuple[Fate, str]] = {
    "ok": ("mapped", "the image is in a registry"),
    "stay": ("mapped", "the image stays on the one node the job can run on"),
    "blocked": ("mapped", "the name is kept; no node can take the job as it is"),
    "unknown": (
        "mapped",
        "the name is kept; whether the nodes can pull it is not known: it must be in a registry"
        " they reach",
    ),
}


PULLED = "left out: the image comes from a registry, and a node that lacks it must fetch it"


class PlacedImage(NamedTuple):
    """`policy` as Kubernetes spells it, empty to leave it at the target's default; `local` says
    that the image is on the node only. `missing` is what the user has to give, `push` the step that
    brings the image to the registry, `held` that it must not go there yet."""

    name: Word
    policy: str
    fate: Fate
    reason: str
    local: bool = False
    missing: str = ""
    push: str = ""
    held: bool = False


def place_image(run: Run, situation: Situation) -> PlacedImage:
    """The name and pull policy of the image, by what was decided of it."""
    outcome = situation.outcomes.get("image", "unknown")
    policy = _POLICIES.get(run.pull.lower(), "")
    if name := situation.image_names.get(run.image.text):
        reason = "a registry has the image's content, under this name only"
        return PlacedImage(word(name), "" if policy == "Never" else policy, "changed", reason)
    if is_image_id(run.image.literal or ""):
        return _without_name(run.image.text, policy, situation.registry)
    if run.image.literal and stands_for_another(run.image.literal):
        return _filled_in(run.image.literal, policy, situation.values.get(_IMAGE, ""))
    if any(part.kind == "command" for part in run.image.expansions):
        if not _ends_in_command(run.image):
            return _printed(run.image.text, policy, situation.registry)
        run = replace(run, image=_asking_for_commands(run.image))
    held = situation.pushes.get(run.image.text, ImagePush()).held
    if run.pull == "build" and outcome != "stay" and not (held and outcome == "move"):
        return _built(run.image, situation.registry)
    if outcome == "move":
        return _moved(run.image, policy, situation)
    fate, reason = _REASONS[outcome]
    if outcome == "stay":
        return PlacedImage(run.image, policy or "IfNotPresent", fate, reason, local=True)
    return PlacedImage(run.image, policy, fate, reason)


def _ends_in_command(image: Word) -> bool:
    """Whether only the tag is what a command prints, as in `lab/x:$(git describe)`."""
    before = ""
    for part in image.parts:
        if isinstance(part, Expansion) and part.kind == "command":
            return ":" in before.rpartition("/")[2]
        before += part.source if isinstance(part, Expansion) else part
    return False


def _asking_for_commands(image: Word) -> Word:
    """The command may print another tag elsewhere than where the image was built."""
    return joined(
        replace(part, own=True) if isinstance(part, Expansion) and part.kind == "command" else part
        for part in image.parts
    )


def _moved(image: Word, policy: str, situation: Situation) -> PlacedImage:
    policy = "" if policy == "Never" else policy
    push = situation.pushes.get(image.text, ImagePush())
    if push.held:
        given = situation.values.get(_IMAGE, "")
        if given:
            return PlacedImage(word(given), policy, "changed", "the name that was given for it")
        name = word(push.target) if push.target else asked_for(_IMAGE, "its name in the registry")
        return PlacedImage(name, policy, "unresolved", push.held, missing=push.held, held=True)
    if not situation.registry:
        missing = (
            "the job can run where its image is not, so it must be in a registry; give"
            " --registry HOST/PATH"
        )
        return PlacedImage(image, policy, "unresolved", missing, missing=missing)
    name = word(push.target) if push.target else registry_name(image, situation.registry)
    reason = "moved to a registry, since the job can run where the image is not; push it first"
    return PlacedImage(name, policy, "changed", reason, push=_push_of(image, name, push))


def _push_of(image: Word, name: Word, push: ImagePush) -> str:
    """The step that pushes the image under its new name."""
    old, new, engine = quote_word(image), quote_word(name), push.engine
    where = f", from {push.host}" if push.host else ""
    command = f"{engine} tag {old} {new} && {engine} push {new}"
    return step(f"put the image where every node can pull it{where}", command)


def _built(image: Word, registry: str) -> PlacedImage:
    """An image that a compose file or a script builds has a name on that machine alone."""
    name = registry_name(image, registry or "SET_ME_REGISTRY")
    reason = f"it is built on one machine: build it, push it as {name.text}"
    if registry:
        push = step(
            "build the image as before, then put it where every node can pull it",
            f"docker tag {quote_word(image)} {quote_word(name)} && docker push {quote_word(name)}",
        )
        return PlacedImage(name, "", "changed", reason, push=push)
    missing = f"{reason}, or give --registry HOST/PATH"
    return PlacedImage(name, "", "unresolved", missing, missing=missing)


def _without_name(image_id: str, policy: str, registry: str) -> PlacedImage:
    """An id that nobody knows a name for: no node can ask for it."""
    short = image_id.removeprefix("sha256:")[:12]
    name = word(f"{registry or 'SET_ME_REGISTRY'}/image:{short}")
    reason = (
        f"an image id is known on its own machine alone; name it and push it (docker tag {short}"
        f" {name.text} && docker push {name.text})"
    )
    policy = "" if policy == "Never" else policy
    if registry:
        return PlacedImage(name, policy, "changed", reason)
    missing = f"{reason}, or give --registry HOST/PATH"
    return PlacedImage(name, policy, "unresolved", missing, missing=missing)


def stands_for_another(image: str) -> bool:
    """Whether it is what an author wrote for readers to fill in: `<REGISTRY>/x`."""
    return not is_image_id(image) and not is_image_name(image)


def _filled_in(written: str, policy: str, given: str) -> PlacedImage:
    if given:
        return PlacedImage(word(given), policy, "changed", "the name that was given for it")
    written = redact_text(written)[0]
    what = f"the image that {written} stands for"
    missing = f"{written} is no name of an image, and a node refuses it: give --set {_IMAGE}=NAME"
    return PlacedImage(asked_for(_IMAGE, what), policy, "unresolved", missing, missing=missing)


_IMAGE = "IMAGE"


def _printed(command: str, policy: str, registry: str) -> PlacedImage:
    """An image that a command prints is one of this machine, under no name to ask for."""
    name = word(f"{registry or 'SET_ME_REGISTRY'}/SET_ME_NAME")
    missing = (
        f"the image is what {command} prints on one machine; build it under a name in a registry,"
        f" push it, and put that name in place of {name.text}"
    )
    policy = "" if policy == "Never" else policy
    return PlacedImage(name, policy, "unresolved", missing, missing=missing)


def registry_name(image: Word, registry: str) -> Word:
    """The image's name in `registry`: its repository without its old registry, and its tag."""
    if image.literal is None:
        return word(f"{registry}/") + _without_registry(image)
    try:
        reference = parse_reference(image.literal)
    except ValueError:
        return word(f"{registry}/{image.literal}")
    tag = f":{reference.tag}" if reference.tag else ""
    return word(f"{registry}/{reference.repository}{tag}")


def _without_registry(image: Word) -> Word:
    """The image without its registry; unchanged where it does not begin with a host's name."""
    first = image.parts[0]
    if isinstance(first, Expansion) or "/" not in first:
        return image
    host, _, rest = first.partition("/")
    looks_like_host = "." in host or ":" in host or host == "localhost"
    return joined((rest, *image.parts[1:])) if looks_like_host else image
