"""`--device` paths, as the docker command reads them for a Linux daemon."""

from __future__ import annotations

from advisor.readers.docker_run.gpus import is_cdi_name
from advisor.readers.masking import is_veiled


def check_device(text: str) -> None:
    """`HOST[:CONTAINER][:rwm]` or a CDI name. Raises ValueError."""
    if is_cdi_name(text):
        return
    parts = text.split(":")
    if len(parts) > 3 or not parts[0]:
        raise ValueError("not HOST[:CONTAINER][:rwm] or VENDOR/CLASS=NAME")
    if len(parts) == 3 and not is_veiled(parts[2]) and not _is_mode(parts[2]):
        raise ValueError("the permissions are some of r, w and m")
    inside = parts[0] if len(parts) == 1 or (len(parts) == 2 and _is_mode(parts[1])) else parts[1]
    if not is_veiled(inside) and not inside.startswith("/"):
        raise ValueError("the path in the container is not absolute")


def _is_mode(text: str) -> bool:
    """Each of r, w and m at most once, and one at least."""
    return bool(text) and set(text) <= set("rwm") and len(set(text)) == len(text)
