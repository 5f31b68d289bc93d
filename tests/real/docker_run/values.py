"""Right and wrong values for flags of docker run, by the kind the table of flags gives them."""

from __future__ import annotations

from hypothesis import strategies as st

from advisor.readers.docker_run.flags import Kind

Values = st.SearchStrategy[str]


def one_of(*values: str) -> Values:
    return st.sampled_from(values)


_PATH = one_of("/data", "/raid/public/my_datasets", "/mnt/a b", "/srv/x", "/home/u/.cache")
_TARGET = one_of("/root/dataset", "/workspace", "/x", "/a/b/c", "/y/")
_SIZE = one_of(
    *("16G", "16g", "512m", "1.5g", "64MiB", "2 gb", "1024", "0", "1e3", "7b", "1t", ".5g", "8K"),
    *("1_0m", "0x10p2", "3.k"),
)
_BAD_SIZE = one_of(
    "", "g", "16 gigs", "-5m", "1.2.3g", "x16g", "16gib4", "12q", "--rm", " 1g", "1g "
)
_PORT = one_of("80", "8888", "0", "65535", "8000-8002", "7-7")
_HOST_PORT = one_of("80", "8080", "8000-8002", "9000-9010", "")
WORD = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), max_size=8)
_NAME = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True)
_INTEGER = one_of("0", "1", "42", "-1", "0x10", "017", "0b11", "0o7", "1_000", "+5")
_BAD_INTEGER = one_of("", "x", "1.5", "08", "1__0", "99999999999999999999", " 1")
_IP = one_of("8.8.8.8", "10.0.0.1", "2001:db8::1", "::1", " 1.1.1.1 ")
_DEVICE = one_of("/dev/sda", "/dev/nvme0n1")


def _mount() -> Values:
    readonly = one_of("", ",readonly", ",ro=true", ",ro=false", ",readonly=1")
    bind = st.tuples(_PATH, _TARGET, readonly).map(
        lambda p: f"type=bind,src={p[0]},dst={p[1]}{p[2]}"
    )
    more = one_of(
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


_BAD_MOUNT = one_of(
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
    protocol = one_of("", "/tcp", "/udp", "/TCP", "/sctp", "/")
    address = one_of("", "127.0.0.1:", "0.0.0.0:", "[::1]:", "::1:")
    plain = st.tuples(_HOST_PORT, _PORT, protocol).map(lambda p: f"{p[0]}:{p[1]}{p[2]}")
    full = st.tuples(address, _HOST_PORT, _PORT, protocol).map(
        lambda p: f"{p[0]}{p[1]}:{p[2]}{p[3]}"
    )
    named = one_of(
        "published=8080,target=80",
        "target=80,published=8080,protocol=udp",
        "target=80",
        "published=8080,target=80,mode=host",
    )
    return st.one_of(plain, full, named, _PORT, _PORT.map(lambda port: f"{port}/udp"))


_VOLUME = st.one_of(
    st.tuples(
        st.one_of(_PATH, one_of("vol", "my-data_1", "./here", "../up", ".", "a")),
        _TARGET,
        one_of("", ":ro", ":rw", ":ro,z", ":Z", ":rslave", ":nocopy", ":ro,cached"),
    ).map(lambda p: f"{p[0]}:{p[1]}{p[2]}"),
    one_of("/anonymous", "/d", "/var/lib/x"),
)

VALID: dict[Kind, Values] = {
    "bytes": _SIZE,
    "cgroup-rule": one_of("c 1:3 rwm", "a *:* m", "b 8:* rw"),
    "cgroupns": one_of("host", "private", ""),
    "count": one_of("0", "7", "0x10", "18446744073709551615"),
    "count-device": st.tuples(_DEVICE, one_of("1", "100")).map(":".join),
    "cpus": one_of("1", "1.5", "0", ".5", "3/2", "1e1", "0.000000001", "2.", "+4", "-1"),
    "device": one_of(
        *("/dev/fuse", "/dev/snd:/dev/snd", "/dev/sda:r", "/dev/sda:/dev/x:rw", "/dev/nvidia0"),
        *("/dev/infiniband", "/dev/kfd", "/dev/dri", "nvidia.com/gpu=all", "nvidia.com/gpu=0"),
        *("vendor.com/net=eth0", "/dev/nvidiactl", "/dev/dri/renderD128", "/dev//x/../y"),
    ),
    "domain": one_of(".", "example.com", "a-b.example.com.", "x1"),
    "duration": one_of("0", "30s", "1m30s", "1.5h", "100ms", "2us", "1h2m3s", ".5s", "+5s"),
    "env": st.one_of(
        st.tuples(_NAME, WORD).map("=".join),
        one_of("KNOWN", "UNKNOWN", "A=1", "A=2", "A", "EMPTY=", "K=a=b", "N V=1", "PATH=/x:/y"),
    ),
    "expose": one_of("80", "80/udp", "8000-8002", "443/", "99/sctp"),
    "extra-host": one_of("h:1.2.3.4", "h=1.2.3.4", "h:host-gateway", "h:2001:db8::1", "h:[::1]"),
    "gpus": one_of(
        *("all", "0", "1", "2", "device=0", '"device=0,2"', '"device=0,2",driver=nvidia'),
        *("driver=nvidia", "count=2", "count=all", "capabilities=utility"),
        *('"capabilities=compute,utility"', "all,capabilities=utility", "device=GPU-3faa"),
        *("options=a=b", "-1", "2,driver=nvidia", '"options=a=b,c=d"', "device="),
    ),
    "integer": _INTEGER,
    "ip-address": _IP,
    "key-value": one_of("size=10G", "a=", "a=b=c"),
    "label": one_of(
        "a=b", "team=vision", "flag", "a=", "  lead=1", "a b=c".replace(" ", "_"), "a=x y"
    ),
    "link": one_of("db", "db:alias", "/db:/c/alias", "db:"),
    "mac-address": one_of("92:d0:c6:0a:29:33", "92-d0-c6-0a-29-33", "92d0.c60a.2933", ""),
    "mount": _mount(),
    "network": one_of(
        *("host", "none", "bridge", "default", "mynet", "container:abc", "name=mynet"),
        *("name=mynet,alias=db,alias=x", "name=MyNet,ip=172.20.0.5", "other"),
        *(
            "name=mynet,driver-opt=a=b",
            "name=mynet,gw-priority=3",
            "NAME=net2,mac-address=92:d0:c6:0a:29:33",
        ),
    ),
    "pid": one_of("host", "container:abc", ""),
    "platform": one_of(
        "linux/amd64", "linux", "arm64", "linux/arm64/v8", "linux/arm/v7", "x86_64", ""
    ),
    "publish": _publish(),
    "pull": one_of("always", "missing", "never", ""),
    "rate-device": st.tuples(_DEVICE, one_of("1mb", "1024", "5 gb")).map(":".join),
    "restart": one_of("no", "always", "unless-stopped", "on-failure", "on-failure:3", "", "no:0"),
    "security-option": one_of(
        *("seccomp=unconfined", "no-new-privileges", "no-new-privileges:true", "label=disable"),
        *("apparmor=unconfined", "apparmor:docker-default", "systempaths=unconfined"),
        *("no-new-privileges=false", "seccomp=builtin", "label:type:svirt"),
    ),
    "small-count": one_of("0", "10", "500", "65535"),
    "stream": one_of("stdin", "STDOUT", "stderr"),
    "swap-bytes": st.one_of(_SIZE, st.just("-1")),
    "swappiness": one_of("-1", "0", "60", "100", "0x10"),
    "sysctl": one_of("net.core.somaxconn=1024", "kernel.shmmax=1", "fs.mqueue.msg_max=2", "net.a="),
    "text": one_of("x", "a-b", "A=b", "", "x,y", "--rm"),
    "ulimit": one_of(
        *(
            "memlock=-1",
            "stack=67108864",
            "nofile=1024:2048",
            "memlock=-1:-1",
            "core=0",
            "nproc=5:-1",
        ),
    ),
    "userns": one_of("host", ""),
    "uts": one_of("host", ""),
    "volume": _VOLUME,
    "weight-device": st.tuples(_DEVICE, one_of("0", "10", "1000")).map(":".join),
}

INVALID: dict[Kind, Values] = {
    "bool": one_of("yes", "", "on", "maybe", "TrUe", "2"),
    "bytes": _BAD_SIZE,
    "cgroup-rule": one_of("", "c 1:3", "d 1:3 rwm", "c 1:3 rwmm"),
    "cgroupns": one_of("other", "HOST"),
    "count": one_of("-1", "x", ""),
    "count-device": one_of("/dev/sda", "sda:1", "/dev/sda:1mb", "/dev/sda:-1", ":5"),
    "cpus": one_of("", "x", "0.0000000001", "1.5.2", "1/0", "two"),
    "device": one_of("", "fuse", "/dev/a:/dev/b:x", "/dev/a:b:rw", "a:b:c:d", ":/x", "/dev/a:rr"),
    "domain": one_of("", "-x", "a..b", "1.2", "a_b.c"),
    "duration": one_of("", "30", "1 s", "5x", "s", "1h-2m"),
    "env": one_of("", "=x"),
    "expose": one_of("", "80:80", "x", "70000", "9-8", "/tcp"),
    "extra-host": one_of("", "h", "h:", "h:x", ":1.2.3.4", "h:1.2.3"),
    "gpus": one_of(
        *("", "x", "two", "device=0,device=1", "foo=1", '"device=0', "1,2", "count=x", "all,all"),
        *("options=", "1.5"),
    ),
    "integer": _BAD_INTEGER,
    "ip-address": one_of("", "x", "1.2.3", "1.2.3.4.5", "[::1]"),
    "key-value": one_of("", "size"),
    "label": one_of("", "=x", "a b=c", "  "),
    "link": one_of("", "a:b:c"),
    "mac-address": one_of("x", "92:d0:c6", "92:d0:c6:0a:29"),
    "mount": _BAD_MOUNT,
    "network": one_of("", "name=a,foo=b", "alias=x", "name=a,driver-opt=x", " "),
    "pid": one_of("x", "container:", "Host"),
    "platform": one_of("foo", "linux/amd64/v8/x", "linux/", "lin*x/amd64"),
    "publish": one_of(
        *("", "x", "80:x", "70000", "1.2.3:80:80", "80:90-91", "80:80/foo", "a=b,c", ":", "80:"),
        *("9-8:9-8", "8000-8001:8000-8002"),
    ),
    "pull": one_of("sometimes", "Always", "newer"),
    "rate-device": one_of("/dev/sda", "sda:1mb", "/dev/sda:x"),
    "restart": one_of(":3", "on-failure:x"),
    "security-option": one_of("", "foo", "seccomp=", "label"),
    "small-count": one_of("65536", "-1", "x"),
    "stream": one_of("", "stdfoo"),
    "swap-bytes": one_of("-2", "x"),
    "swappiness": one_of("101", "-5", "x"),
    "sysctl": one_of("", "kernel.foo=1", "net.core.somaxconn", "vm.swappiness=1"),
    "ulimit": one_of(
        "", "foo=1", "nofile", "nofile=x", "nofile=5:4", "nofile=-1:5", "nofile=1:2:3"
    ),
    "userns": one_of("keep-id", "private"),
    "uts": one_of(
        "private",
    ),
    "volume": one_of("", "/a:", ":/a", "/a:/b:ro:x", "/a::ro", "::", "a::"),
    "weight-device": one_of("/dev/sda:5", "sda:10", "/dev/sda", "/dev/sda:2000"),
}

BY_NAME: dict[str, Values] = {
    "cap-add": one_of("SYS_ADMIN", "cap_net_raw", "ALL", "IPC_LOCK", "Sys_Ptrace"),
    "cap-drop": one_of("ALL", "NET_RAW", "CAP_MKNOD"),
    "cidfile": one_of("cid-a", "cid-b"),
    "disable-content-trust": one_of("true", "1"),
    "entrypoint": one_of("/bin/sh", "python3", "", "a b"),
    "env-file": one_of("variables.env", "more.env"),
    "help": one_of("false", "0"),
    "label-file": one_of("labels.txt"),
    "tmpfs": one_of("/run", "/t:size=64m,mode=1777", "/t:ro,noexec", "/t:size=50%", "rel"),
    "annotation": one_of("a=b", "io.x/y=1", "flag"),
    "workdir": one_of("/workspace", "/a b", ""),
    "ipc": one_of("host", "private", "shareable", "container:abc", ""),
    "detach": one_of("true", "1"),
}
"""What flags get whose kind says too little, or that would leave traces or wait for a terminal."""
