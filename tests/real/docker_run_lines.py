"""Command lines of docker run and create over all flags and spellings, right and wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hypothesis import strategies as st

from advisor.jobs.docker_run.fields import names
from advisor.jobs.docker_run.flags import Flag, Kind, Verb, command_flags

Values = st.SearchStrategy[str]


class Line(NamedTuple):
    """`words` from `docker` on."""

    words: tuple[str, ...]


def _one(*values: str) -> Values:
    return st.sampled_from(values)


_PATH = _one("/data", "/raid/public/my_datasets", "/mnt/a b", "/srv/x", "/home/u/.cache")
_TARGET = _one("/root/dataset", "/workspace", "/x", "/a/b/c", "/y/")
_SIZE = _one(
    *("16G", "16g", "512m", "1.5g", "64MiB", "2 gb", "1024", "0", "1e3", "7b", "1t", ".5g", "8K"),
    *("1_0m", "0x10p2", "3.k"),
)
_BAD_SIZE = _one("", "g", "16 gigs", "-5m", "1.2.3g", "x16g", "16gib4", "12q", "--rm", " 1g", "1g ")
_PORT = _one("80", "8888", "0", "65535", "8000-8002", "7-7")
_HOST_PORT = _one("80", "8080", "8000-8002", "9000-9010", "")
_WORD = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), max_size=8)
_NAME = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True)
_INTEGER = _one("0", "1", "42", "-1", "0x10", "017", "0b11", "0o7", "1_000", "+5")
_BAD_INTEGER = _one("", "x", "1.5", "08", "1__0", "99999999999999999999", " 1")
_IP = _one("8.8.8.8", "10.0.0.1", "2001:db8::1", "::1", " 1.1.1.1 ")
_DEVICE = _one("/dev/sda", "/dev/nvme0n1")


def _mount() -> Values:
    readonly = _one("", ",readonly", ",ro=true", ",ro=false", ",readonly=1")
    bind = st.tuples(_PATH, _TARGET, readonly).map(
        lambda p: f"type=bind,src={p[0]},dst={p[1]}{p[2]}"
    )
    more = _one(
        "type=bind,source=./here,target=/x,bind-propagation=rslave",
        "type=bind,source=/a,target=/x,bind-recursive=disabled,consistency=cached",
        "type=bind,source=/a,target=/x,ro,bind-recursive=writable",
        "type=bind,source=/a,target=/x,ro,bind-recursive=readonly,bind-propagation=rprivate",
        "type=bind,source=/a,target=/x,bind-recursive=enabled",
        "target=/scratch",
        "src=vol,dst=/v,volume-nocopy",
        "Type=Volume,source=vol,destination=/v,volume-driver=local,volume-opt=type=nfs",
        '"type=volume","src=vol","dst=/v","volume-opt=o=addr=10.0.0.1,rw",volume-label=a=b',
        "type=volume,src=vol,dst=/v,volume-subpath=sub/dir",
        "type=tmpfs,target=/t,tmpfs-size=64m,tmpfs-mode=1770",
        "type=tmpfs,target=/t",
        "type=image,source=alpine,target=/i",
        "type=npipe,source=a,target=b",
    )
    return st.one_of(bind, more)


_BAD_MOUNT = _one(
    *(
        "",
        "type=bind",
        "type=bind,src=/a",
        "target=",
        "nonsense",
        "type=bind,src=/a,dst=/b,foo=bar",
    ),
    *("type=bind,src=/a,dst=/b,volume-nocopy", "type=volume,dst=/b,tmpfs-size=1m"),
    *("type=tmpfs,dst=/b,tmpfs-size=x", "type=tmpfs,dst=/b,tmpfs-mode=9", 'type=bind,"src=/a'),
    *("type=bind,src=/a,dst=/b,ro=maybe", "type=bind,src=/a,dst=/b,bind-recursive=readonly"),
    *("type=bind,src=/a,dst=/b,ro,bind-recursive=readonly", "type=,dst=/b", 'dst=/b,x"y'),
    *("type=bind,src=/a,dst=/b,bind-recursive=maybe", "type=bind,src=/a,dst=/b,tmpfs-mode=1"),
)


def _publish() -> Values:
    protocol = _one("", "/tcp", "/udp", "/TCP", "/sctp", "/")
    address = _one("", "127.0.0.1:", "0.0.0.0:", "[::1]:", "::1:")
    plain = st.tuples(_HOST_PORT, _PORT, protocol).map(lambda p: f"{p[0]}:{p[1]}{p[2]}")
    full = st.tuples(address, _HOST_PORT, _PORT, protocol).map(
        lambda p: f"{p[0]}{p[1]}:{p[2]}{p[3]}"
    )
    named = _one(
        "published=8080,target=80",
        "target=80,published=8080,protocol=udp",
        "target=80",
        "published=8080,target=80,mode=host",
    )
    return st.one_of(plain, full, named, _PORT, _PORT.map(lambda port: f"{port}/udp"))


_VOLUME = st.one_of(
    st.tuples(
        st.one_of(_PATH, _one("vol", "my-data_1", "./here", "../up", ".", "a")),
        _TARGET,
        _one("", ":ro", ":rw", ":ro,z", ":Z", ":rslave", ":nocopy", ":ro,cached"),
    ).map(lambda p: f"{p[0]}:{p[1]}{p[2]}"),
    _one("/anonymous", "/d", "/var/lib/x"),
)

VALID: dict[Kind, Values] = {
    "bytes": _SIZE,
    "cgroup-rule": _one("c 1:3 rwm", "a *:* m", "b 8:* rw"),
    "cgroupns": _one("host", "private", ""),
    "count": _one("0", "7", "0x10", "18446744073709551615"),
    "count-device": st.tuples(_DEVICE, _one("1", "100")).map(":".join),
    "cpus": _one("1", "1.5", "0", ".5", "3/2", "1e1", "0.000000001", "2.", "+4", "-1"),
    "device": _one(
        *("/dev/fuse", "/dev/snd:/dev/snd", "/dev/sda:r", "/dev/sda:/dev/x:rw", "/dev/nvidia0"),
        *("/dev/infiniband", "/dev/kfd", "/dev/dri", "nvidia.com/gpu=all", "nvidia.com/gpu=0"),
        *("vendor.com/net=eth0", "/dev/nvidiactl", "/dev/dri/renderD128", "/dev//x/../y"),
    ),
    "domain": _one(".", "example.com", "a-b.example.com.", "x1"),
    "duration": _one("0", "30s", "1m30s", "1.5h", "100ms", "2us", "1h2m3s", ".5s", "+5s"),
    "env": st.one_of(
        st.tuples(_NAME, _WORD).map("=".join),
        _one("KNOWN", "UNKNOWN", "A=1", "A=2", "A", "EMPTY=", "K=a=b", "N V=1", "PATH=/x:/y"),
    ),
    "expose": _one("80", "80/udp", "8000-8002", "443/", "99/sctp"),
    "extra-host": _one("h:1.2.3.4", "h=1.2.3.4", "h:host-gateway", "h:2001:db8::1", "h:[::1]"),
    "gpus": _one(
        *("all", "0", "1", "2", "device=0", '"device=0,2"', '"device=0,2",driver=nvidia'),
        *("driver=nvidia", "count=2", "count=all", "capabilities=utility"),
        *('"capabilities=compute,utility"', "all,capabilities=utility", "device=GPU-3faa"),
        *("options=a=b", "-1", "2,driver=nvidia", '"options=a=b,c=d"', "device="),
    ),
    "integer": _INTEGER,
    "ip-address": _IP,
    "key-value": _one("size=10G", "a=", "a=b=c"),
    "label": _one(
        "a=b", "team=vision", "flag", "a=", "  lead=1", "a b=c".replace(" ", "_"), "a=x y"
    ),
    "link": _one("db", "db:alias", "/db:/c/alias", "db:"),
    "mac-address": _one("92:d0:c6:0a:29:33", "92-d0-c6-0a-29-33", "92d0.c60a.2933", ""),
    "mount": _mount(),
    "network": _one(
        *("host", "none", "bridge", "default", "mynet", "container:abc", "name=mynet"),
        *("name=mynet,alias=db,alias=x", "name=MyNet,ip=172.20.0.5", "other"),
        *(
            "name=mynet,driver-opt=a=b",
            "name=mynet,gw-priority=3",
            "NAME=net2,mac-address=92:d0:c6:0a:29:33",
        ),
    ),
    "pid": _one("host", "container:abc", ""),
    "platform": _one(
        "linux/amd64", "linux", "arm64", "linux/arm64/v8", "linux/arm/v7", "x86_64", ""
    ),
    "publish": _publish(),
    "pull": _one("always", "missing", "never", ""),
    "rate-device": st.tuples(_DEVICE, _one("1mb", "1024", "5 gb")).map(":".join),
    "restart": _one("no", "always", "unless-stopped", "on-failure", "on-failure:3", "", "no:0"),
    "security-option": _one(
        *("seccomp=unconfined", "no-new-privileges", "no-new-privileges:true", "label=disable"),
        *("apparmor=unconfined", "apparmor:docker-default", "systempaths=unconfined"),
        *("no-new-privileges=false", "seccomp=builtin", "label:type:svirt"),
    ),
    "small-count": _one("0", "10", "500", "65535"),
    "stream": _one("stdin", "STDOUT", "stderr"),
    "swap-bytes": st.one_of(_SIZE, st.just("-1")),
    "swappiness": _one("-1", "0", "60", "100", "0x10"),
    "sysctl": _one("net.core.somaxconn=1024", "kernel.shmmax=1", "fs.mqueue.msg_max=2", "net.a="),
    "text": _one("x", "a-b", "A=b", "", "x,y", "--rm"),
    "ulimit": _one(
        *(
            "memlock=-1",
            "stack=67108864",
            "nofile=1024:2048",
            "memlock=-1:-1",
            "core=0",
            "nproc=5:-1",
        ),
    ),
    "userns": _one("host", ""),
    "uts": _one("host", ""),
    "volume": _VOLUME,
    "weight-device": st.tuples(_DEVICE, _one("0", "10", "1000")).map(":".join),
}

INVALID: dict[Kind, Values] = {
    "bool": _one("yes", "", "on", "maybe", "TrUe", "2"),
    "bytes": _BAD_SIZE,
    "cgroup-rule": _one("", "c 1:3", "d 1:3 rwm", "c 1:3 rwmm"),
    "cgroupns": _one("other", "HOST"),
    "count": _one("-1", "x", ""),
    "count-device": _one("/dev/sda", "sda:1", "/dev/sda:1mb", "/dev/sda:-1", ":5"),
    "cpus": _one("", "x", "0.0000000001", "1.5.2", "1/0", "two"),
    "device": _one("", "fuse", "/dev/a:/dev/b:x", "/dev/a:b:rw", "a:b:c:d", ":/x", "/dev/a:rr"),
    "domain": _one("", "-x", "a..b", "1.2", "a_b.c"),
    "duration": _one("", "30", "1 s", "5x", "s", "1h-2m"),
    "env": _one("", "=x"),
    "expose": _one("", "80:80", "x", "70000", "9-8", "/tcp"),
    "extra-host": _one("", "h", "h:", "h:x", ":1.2.3.4", "h:1.2.3"),
    "gpus": _one(
        *("", "x", "two", "device=0,device=1", "foo=1", '"device=0', "1,2", "count=x", "all,all"),
        *("options=", "1.5"),
    ),
    "integer": _BAD_INTEGER,
    "ip-address": _one("", "x", "1.2.3", "1.2.3.4.5", "[::1]"),
    "key-value": _one("", "size"),
    "label": _one("", "=x", "a b=c", "  "),
    "link": _one("", "a:b:c"),
    "mac-address": _one("x", "92:d0:c6", "92:d0:c6:0a:29"),
    "mount": _BAD_MOUNT,
    "network": _one("", "name=a,foo=b", "alias=x", "name=a,driver-opt=x", " "),
    "pid": _one("x", "container:", "Host"),
    "platform": _one("foo", "linux/amd64/v8/x", "linux/", "lin*x/amd64"),
    "publish": _one(
        *("", "x", "80:x", "70000", "1.2.3:80:80", "80:90-91", "80:80/foo", "a=b,c", ":", "80:"),
        *("9-8:9-8", "8000-8001:8000-8002"),
    ),
    "pull": _one("sometimes", "Always", "newer"),
    "rate-device": _one("/dev/sda", "sda:1mb", "/dev/sda:x"),
    "restart": _one(":3", "on-failure:x"),
    "security-option": _one("", "foo", "seccomp=", "label"),
    "small-count": _one("65536", "-1", "x"),
    "stream": _one("", "stdfoo"),
    "swap-bytes": _one("-2", "x"),
    "swappiness": _one("101", "-5", "x"),
    "sysctl": _one("", "kernel.foo=1", "net.core.somaxconn", "vm.swappiness=1"),
    "ulimit": _one("", "foo=1", "nofile", "nofile=x", "nofile=5:4", "nofile=-1:5", "nofile=1:2:3"),
    "userns": _one("keep-id", "private"),
    "uts": _one(
        "private",
    ),
    "volume": _one("", "/a:", ":/a", "/a:/b:ro:x", "/a::ro", "::", "a::"),
    "weight-device": _one("/dev/sda:5", "sda:10", "/dev/sda", "/dev/sda:2000"),
}

BY_NAME: dict[str, Values] = {
    "cap-add": _one("SYS_ADMIN", "cap_net_raw", "ALL", "IPC_LOCK", "Sys_Ptrace"),
    "cap-drop": _one("ALL", "NET_RAW", "CAP_MKNOD"),
    "cidfile": _one("cid-a", "cid-b"),
    "disable-content-trust": _one("true", "1"),
    "entrypoint": _one("/bin/sh", "python3", "", "a b"),
    "env-file": _one("variables.env", "more.env"),
    "help": _one("false", "0"),
    "label-file": _one("labels.txt"),
    "tmpfs": _one("/run", "/t:size=64m,mode=1777", "/t:ro,noexec", "/t:size=50%", "rel"),
    "annotation": _one("a=b", "io.x/y=1", "flag"),
    "workdir": _one("/workspace", "/a b", ""),
    "ipc": _one("host", "private", "shareable", "container:abc", ""),
    "detach": _one("true", "1"),
}
"""What flags get whose kind says too little, or that would leave traces or wait for a terminal."""

IMAGES = _one(
    *("nvcr.io/nvidia/pytorch:19.12-py3", "alpine", "lab/train:v1", "localhost:5000/x", "A.b/c:1"),
    *(f"alpine@sha256:{'a' * 64}", f"sha256:{'b' * 64}", "c" * 64, "x/y/z:T_1.2-3"),
)
BAD_IMAGES = _one(
    "", "Alpine", "a b", "x:", "x@sha256:12", "-", "a//b", "x:-t", "_x", "https://x/y"
)
COMMANDS = st.lists(
    st.one_of(_WORD, _one("bash", "-c", "--rm", "python train.py", "-it", "--", "", "#", "-e")),
    max_size=4,
)


def lines(
    flags: list[Flag],
    *,
    faults: bool = True,
    verbs: tuple[Verb, ...] = ("create",),
    images: Values = IMAGES,
    values: Mapping[str, Values] | None = None,
    commands: st.SearchStrategy[list[str]] = COMMANDS,
) -> st.SearchStrategy[Line]:
    """Lines with some of `flags`. Without `faults` all are right.

    `values` are what flags get instead of what their kind says.
    """
    by_name = {**BY_NAME, **(values or {})}
    return st.builds(
        _line,
        st.sampled_from(verbs),
        st.lists(st.one_of([_given(flag, faults, by_name) for flag in flags]), max_size=7),
        st.booleans(),
        _mostly(images, BAD_IMAGES) if faults else images,
        commands,
        _one(*[""] * 30, *["--nosuch", "-Z", "-n", "--gpu=1", "-it9"] * faults),
    )


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


_OF_THE_MACHINE = names(
    "annotation health-start-interval use-api-socket pull platform isolation mac-address link"
    " volumes-from storage-opt log-opt link-local-ip kernel-memory blkio-weight"
    " blkio-weight-device device-read-bps device-read-iops device-write-bps device-write-iops"
    " help memory-swappiness cgroup-parent net"
)
"""Flags that need another container, a newer daemon, or a kernel that has what they ask for."""

_FOR_A_DAEMON: dict[str, Values] = {
    "cpu-period": _one("100000", "0"),
    "cpu-quota": _one("50000", "0"),
    "cpu-shares": _one("512", "2048", "0"),
    "cpus": _one("1", "1.5", "0.25", "0"),
    "cpuset-cpus": _one("0", "0-1"),
    "cpuset-mems": _one("0"),
    "group-add": _one("video", "1000"),
    "health-interval": _one("30s", "1m"),
    "hostname": _one("h1", "a.b"),
    "ip": _one("10.0.0.5", ""),
    "ip6": _one("2001:db8::5"),
    "ipc": _one("host", "private", "shareable", "none"),
    "log-driver": _one("json-file", "none", "local"),
    "memory": _one("16g", "512m", "1.5GiB", "0", "64 mb"),
    "memory-reservation": _one("16m", "64m"),
    "mount": _one(
        "type=bind,src=/usr,dst=/x",
        "type=bind,source=/etc,target=/root/dataset,readonly",
        "type=bind,src=./here,dst=/y/,ro=1,bind-propagation=rslave",
        "src=vol,dst=/v,volume-nocopy",
        "type=volume,source=other,destination=/v/,volume-label=a=b,readonly",
        "target=/scratch",
        "type=tmpfs,target=/t,tmpfs-size=64m,tmpfs-mode=1770",
    ),
    "name": _one("train-1", "my_job"),
    "network": _one("host", "none", "bridge", "default", "mynet", "name=mynet,alias=db"),
    "pid": _one("host", ""),
    "runtime": _one("nvidia", "runc"),
    "stop-signal": _one("SIGTERM", "9", "USR1", "KILL", "RTMIN+3"),
    "tmpfs": _one("/run", "/t:size=64m,mode=1777", "/t:ro,noexec", "/t:size=50%"),
    "user": _one("1000:1000", "root", ""),
    "volume-driver": _one("local"),
}


def _line(
    verb: Verb,
    given: list[tuple[str, ...]],
    dashes: bool,
    image: str,
    command: list[str],
    stray: str,
) -> Line:
    flags = [word for words in _clustered(given) for word in words]
    first = ["-d"] if verb == "run" else []
    unknown = [stray] if stray else []
    end = ["--"] if dashes else []
    start = ["docker", verb] if len(image) % 2 else ["docker", "container", verb]
    return Line((*start, *first, *flags, *unknown, *end, image, *command))


def _clustered(given: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Short flags without a value glued to what short flag follows: `-i -t -v x` as `-itv x`."""
    glued: list[tuple[str, ...]] = []
    for words in given:
        before = glued[-1] if glued else ()
        if len(before) == 1 and len(before[0]) == 2 and before[0] in _BARE and _short(words[0]):
            glued[-1] = (before[0] + words[0][1:], *words[1:])
        else:
            glued.append(words)
    return glued


_BARE = frozenset({"-i", "-t", "-P", "-q"})


def _short(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and word[1] != "-"


def _given(
    flag: Flag, faults: bool, by_name: Mapping[str, Values]
) -> st.SearchStrategy[tuple[str, ...]]:
    right = by_name[flag.name] if flag.name in by_name else _valid(flag)
    wrong = INVALID.get(flag.value) if faults and flag.name not in by_name else None
    values = right if wrong is None else _mostly(right, wrong)
    spellings: list[Callable[[str], tuple[str, ...]]] = [lambda v: (f"--{flag.name}={v}",)]
    if flag.value != "bool":
        spellings.append(lambda v: (f"--{flag.name}", v))
    if flag.short:
        spellings += _short_spellings(flag)
    spelled = st.tuples(st.sampled_from(spellings), values).map(lambda pair: pair[0](pair[1]))
    if flag.value != "bool" or flag.name == "help":
        return spelled
    bare = [(f"--{flag.name}",), *([(f"-{flag.short}",)] if flag.short else [])]
    return st.one_of(spelled, st.sampled_from(bare), st.sampled_from(bare))


def _mostly(right: Values, wrong: Values) -> Values:
    """One in twelve is wrong."""
    return st.integers(0, 11).flatmap(lambda number: right if number else wrong)


def _valid(flag: Flag) -> Values:
    return _one("true", "false", "1", "0", "T", "F") if flag.value == "bool" else VALID[flag.value]


def _short_spellings(flag: Flag) -> list[Callable[[str], tuple[str, ...]]]:
    joined = [lambda v: (f"-{flag.short}={v}",)]
    if flag.value == "bool":
        return [lambda v: (f"-{flag.short}={v}",) if v else (f"-{flag.short}",)]
    return [
        *joined,
        lambda v: (f"-{flag.short}", v),
        lambda v: (f"-{flag.short}{v}",) if v else (f"-{flag.short}", v),
    ]


def linux_flags(verb: Verb) -> list[Flag]:
    """Every flag that a daemon on Linux takes."""
    return [flag for flag in command_flags("docker", verb).by_name.values() if not flag.windows]


def windows_flags() -> list[Flag]:
    """Those that only a daemon on Windows takes, and some of the others."""
    flags = command_flags("docker", "create").by_name.values()
    return [flag for flag in flags if flag.windows or flag.name in ("env", "label", "memory")]
