"""Command lines that a daemon on any machine takes."""

from __future__ import annotations

from hypothesis import strategies as st

from advisor.readers.flag_scan import names
from tests.real.docker_run.lines import COMMANDS, Line, lines, linux_flags
from tests.real.docker_run.values import Values, one_of

_OF_THE_MACHINE = names(
    "annotation health-start-interval use-api-socket pull platform isolation mac-address link"
    " volumes-from storage-opt log-opt link-local-ip kernel-memory blkio-weight"
    " blkio-weight-device device-read-bps device-read-iops device-write-bps device-write-iops"
    " help memory-swappiness cgroup-parent net"
)
"""Flags that need another container, a newer daemon, or a kernel that has what they ask for."""

_FOR_A_DAEMON: dict[str, Values] = {
    "cpu-period": one_of("100000", "0"),
    "cpu-quota": one_of("50000", "0"),
    "cpu-shares": one_of("512", "2048", "0"),
    "cpus": one_of("1", "1.5", "0.25", "0"),
    "cpuset-cpus": one_of("0", "0-1"),
    "cpuset-mems": one_of("0"),
    "group-add": one_of("video", "1000"),
    "health-interval": one_of("30s", "1m"),
    "hostname": one_of("h1", "a.b"),
    "ip": one_of("10.0.0.5", ""),
    "ip6": one_of("2001:db8::5"),
    "ipc": one_of("host", "private", "shareable", "none"),
    "log-driver": one_of("json-file", "none", "local"),
    "memory": one_of("16g", "512m", "1.5GiB", "0", "64 mb"),
    "memory-reservation": one_of("16m", "64m"),
    "mount": one_of(
        "type=bind,src=/usr,dst=/x",
        "type=bind,source=/etc,target=/root/dataset,readonly",
        "type=bind,src=./here,dst=/y/,ro=1,bind-propagation=rslave",
        "src=vol,dst=/v,volume-nocopy",
        "type=volume,source=other,destination=/v/,volume-label=a=b,readonly",
        "target=/scratch",
        "type=tmpfs,target=/t,tmpfs-size=64m,tmpfs-mode=1770",
    ),
    "name": one_of("train-1", "my_job"),
    "network": one_of("host", "none", "bridge", "default", "mynet", "name=mynet,alias=db"),
    "pid": one_of("host", ""),
    "runtime": one_of("nvidia", "runc"),
    "stop-signal": one_of("SIGTERM", "9", "USR1", "KILL", "RTMIN+3"),
    "tmpfs": one_of("/run", "/t:size=64m,mode=1777", "/t:ro,noexec", "/t:size=50%"),
    "user": one_of("1000:1000", "root", ""),
    "volume-driver": one_of("local"),
}


def daemon_lines() -> st.SearchStrategy[Line]:
    """Lines that a daemon on any machine takes: of the image `alpine`, with a command."""
    flags = [flag for flag in linux_flags("create") if flag.name not in _OF_THE_MACHINE]
    return lines(
        flags,
        faults=False,
        images=st.just("alpine"),
        values=_FOR_A_DAEMON,
        commands=st.lists(COMMANDS, min_size=1, max_size=2).map(lambda two: ["sh", *two[0]]),
    )
