"""Users and groups as runai's flags."""

from __future__ import annotations

import re

from advisor.facts.quantity import whole_number
from advisor.jobs.word import Word, word
from advisor.writers.draft import Draft
from advisor.writers.kinds import root_unless_runai

_OWN_USER = re.compile(
    r"(?:\$\(id -u\)|`id -u`|\$\{?UID\}?)"
    r"(?::(?:\$\(id -g\)|`id -g`|\$\{?(?:GID|GROUPS)\}?|\$\(id -u\)))?"
)


def put_user(draft: Draft) -> None:
    """Numbers where this version takes them, or whoever submits."""
    user = draft.run.user
    if user is None or not user.parts:
        return
    if _OWN_USER.fullmatch(user.text):
        reason = "whoever submits the job, with the groups of the login"
        draft.tell("user", "mapped", reason, draft.put("run-as-user"))
        return
    name, _, group = user.text.partition(":")
    name = {"root": "0"}.get(name, name) or root_unless_runai(draft.spec)
    group = {"root": "0"}.get(group, group)
    kept = draft.spec.reader == draft.situation.target  # who wrote it has a release that takes it
    if not draft.has("run-as-uid") or not (kept or draft.flag_of("user")):
        draft.tell("user", "no-equivalent", _NO_NUMBERS)
    elif all(_is_number(draft.word(part)) for part in (name, group) if part):
        outputs = [draft.put("run-as-uid", draft.word(name))] if name else []
        if group:
            outputs.append(draft.put("run-as-gid", draft.word(group)))
        draft.tell("user", "mapped", "the numeric user and group", " ".join(outputs))
    else:
        draft.tell("user", "unresolved", _NAMES.format(user=user.text))


def _is_number(value: Word) -> bool:
    """A number, or what the shell puts in and is taken for one."""
    return value.literal is None or whole_number(value.literal, most=_MOST_ID) is not None


_NO_NUMBERS = (
    "v1 cannot run a job as a chosen user: set USER in the image, or use --run-as-user to run as"
    " yourself"
)
_NAMES = (
    "a number is needed for {user}: look it up with docker run --rm IMAGE id {user} and give"
    " --run-as-uid and --run-as-gid"
)

_MOST_ID = 2**31 - 1


def put_groups(draft: Draft) -> None:
    """Supplementary groups by number."""
    groups = draft.run.groups
    if not groups:
        return
    kept = draft.spec.reader == draft.situation.target
    if not draft.has("supplemental-groups") or not (kept or draft.flag_of("groups")):
        draft.tell_lost("groups")
        return
    numbers = [group for group in groups if whole_number(group, most=_MOST_ID) is not None]
    names = [group for group in groups if whole_number(group, most=_MOST_ID) is None]
    if numbers:
        output = draft.put("supplemental-groups", word(",".join(numbers)))
        for number in numbers:
            draft.tell("groups", "mapped", "supplementary groups", output, number)
    if names:
        reason = "groups are given by number here; look it up in the image's /etc/group"
        for name in names:
            draft.tell("groups", "unresolved", reason, "", name)
