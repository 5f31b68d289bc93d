"""The names under which other services of a project reach one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from advisor.readers.compose.project import Body
from advisor.readers.compose.service import Service, scalar_text
from advisor.readers.compose.texts import strings

_SAID_IN = ("command", "entrypoint", "environment")
_BEFORE, _AFTER = r"(?:^|//|[@=,;\s\"'\[(])", r"(?=$|[:/,;?\s\"'\])])"


def called_names(service: Service) -> tuple[str, ...]:
    """Its own name first. Where it has ports all that it is given for others, its container's and
    host's name if another service says them; without ports only what another says."""
    others = {
        name: body
        for name, body in (service.project.whole.get("services") or {}).items()
        if name != service.name and isinstance(body, dict)
    }
    stated = [service.name, *_aliases(service.body), *_link_aliases(service.name, others)]
    names = [name for name in dict.fromkeys(stated) if name]
    texts = [text for body in others.values() for text in _texts(body)]
    for own in (service.scalar("container_name"), service.scalar("hostname")):
        if own and own not in names and _is_said(own, texts):
            names.append(own)
    if not any(service.get(key) for key in ("ports", "expose")):
        needed = service.project.needed
        names = [
            name
            for name in names
            if _is_said(name, texts) or (name == service.name and name in needed)
        ]
    return tuple(map(service.veil.plain, names))


def _aliases(body: Body) -> Iterator[str]:
    networks = body.get("networks")
    for stated in networks.values() if isinstance(networks, dict) else ():
        aliases = stated.get("aliases") if isinstance(stated, dict) else None
        yield from map(scalar_text, aliases if isinstance(aliases, list) else ())


def _link_aliases(name: str, others: dict[str, Body]) -> Iterator[str]:
    """What `links: [NAME:ALIAS]` of the others calls it."""
    for body in others.values():
        links = body.get("links")
        for link in links if isinstance(links, list) else ():
            target, _, alias = scalar_text(link).partition(":")
            if target == name:
                yield alias


def _texts(body: Body) -> Iterator[str]:
    said: dict[str, Any] = {key: body[key] for key in _SAID_IN if body.get(key)}
    for _, text in strings(said, ()):
        yield text


def _is_said(name: str, texts: list[str]) -> bool:
    host = re.compile(f"{_BEFORE}{re.escape(name)}{_AFTER}", re.IGNORECASE)
    return any(host.search(text) for text in texts)
