"""A program that tells what a process in a container sees, the images that hold it, its report."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping

from tests.real.parts.docker_api import shell_files

MARK = "TOLD"
SCRIPT = r"""#!/bin/sh
put() { printf 'TOLD %s ' "$1"; base64 -w 0; echo; }
for word in "$0" "$@"; do printf '%s\0' "$word"; done | put arguments
read -r own </proc/sys/kernel/random/uuid
put environment </proc/$$/environ
put status </proc/$$/status
put limits </proc/$$/limits
put mounts </proc/$$/mountinfo
put hosts </etc/hosts
put resolver </etc/resolv.conf
readlink /proc/$$/cwd | put directory
hostname | put hostname
cat /proc/1/comm | put first
ls /sys/class/net | put interfaces
ls /dev | put devices
for number in 0 1 2; do [ ! -t $number ] || echo $number; done | put terminals
cd /sys/fs/cgroup
for file in memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us \
  pids/pids.max memory.max cpu.max pids.max; do
  [ ! -r $file ] || echo "${file##*/} $(cat $file)"
done | put amounts
cd /proc/sys
for file in net/core/somaxconn net/ipv4/ip_unprivileged_port_start kernel/shm_rmid_forced \
  fs/mqueue/msg_max net/ipv4/tcp_keepalive_time; do
  [ ! -r $file ] || echo "$file $(cat $file)"
done | put kernel
while read -r _ _ _ _ path _; do
  path=$(printf %b "$path")
  case $path in /proc*|/sys*|/dev|/dev/*) continue ;; esac
  if [ ! -d "$path" ]; then [ -w "$path" ] && echo "yes $path" || echo "no $path"
  elif (: >"$path/.told-$own") 2>/dev/null; then rm "$path/.told-$own"; echo "yes $path"
  else echo "no $path"; fi
done </proc/$$/mountinfo | put writable
for path in /m/* /image/full; do
  # Other jobs try whether they may write to what all of them mount.
  [ ! -d "$path" ] || echo "$path:" $(ls -A "$path" | while read -r name; do
    case $name in (.told-*) ;; (*) echo "$name" ;; esac; done)
  [ ! -f "$path" ] || echo "$path:" $(cat "$path")
done | put contents
echo 'TOLD end '
exit ${TELL_EXIT:-0}
"""
ACCOUNTS = {
    "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000::/home/worker:/bin/sh\n",
    "etc/group": b"root:x:0:\nstaff:x:50:\nworker:x:1000:\nlab:x:2000:worker\n",
    "home/worker/.keep": b"",
    "work/.keep": b"",
    "image/full/of": b"things\n",
}
IMAGES: Mapping[str, tuple[str, ...]] = {
    "plain": ('CMD ["/tell"]',),
    "entrypoint": ('ENTRYPOINT ["/tell"]', 'CMD ["from", "the image"]'),
    "shell": ("ENTRYPOINT exec /tell by shell",),
    "user": ("USER worker", "WORKDIR /work", 'ENTRYPOINT ["/tell"]'),
    "numbers": ("USER 1000:2000", "WORKDIR /made/by/image", 'CMD ["/tell", "numbers"]'),
    "volume": ("VOLUME /image/full", 'ENTRYPOINT ["/tell"]'),
    "group": ("USER worker:staff", "ENV HOME=/work", "WORKDIR relative", 'CMD ["/tell", "$HOME"]'),
    "lab": ("USER :2000", "ENV TELL_EXIT=7", 'ENTRYPOINT ["/tell", "$(IMAGE_VALUE)", "$$"]'),
    "volumes": ('VOLUME ["/m/one", "/image/full"]', "USER worker", "CMD exec /tell by shell $HOME"),
    "bare": ("ENV PATH=/bin:/of/the/image A=of-the-image",),
    "health": (
        "HEALTHCHECK --interval=1s CMD false",
        "STOPSIGNAL SIGINT",
        "EXPOSE 80/tcp",
        'CMD ["/tell"]',
    ),
}
"""What the images of a test say of themselves, besides ENV IMAGE_VALUE=image."""

Report = Mapping[str, bytes]
_TOLD = frozenset(re.findall(r"\bput (\w+)", SCRIPT))


def image_files() -> dict[str, bytes]:
    """The program, its shell and two accounts."""
    program = shell_files()["bin/sh"]
    tools = {f"bin/{name}": program for name in ("sh", "mkdir", "sleep", "tar")}
    return {**tools, **ACCOUNTS, "tell": SCRIPT.encode()}


def instructions(image: str) -> tuple[str, ...]:
    """The lines of its Dockerfile behind the files."""
    return ("ENV IMAGE_VALUE=image", *IMAGES[image])


def read_report(printed: str) -> Report | None:
    """What the program told first; None unless it told all."""
    told: dict[str, bytes] = {}
    for key, value in re.findall(rf"^{MARK} (\w+) (\S*)\r?$", printed, re.MULTILINE):
        if key == "end":
            return told if told.keys() >= _TOLD else None
        told.setdefault(key, base64.b64decode(value))
    return None


def shown(report: Report) -> str:
    """For a message."""
    return json.dumps({key: value.decode(errors="replace") for key, value in report.items()})
