from __future__ import annotations

import pytest

from advisor.errors import InputError
from advisor.jobs.ledger import Item
from advisor.jobs.run import GpuAsk, PortMapping, Run, RunMount, Security, Variable
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount
from advisor.jobs.word import Word, joined, word
from advisor.readers.docker_run.reader import is_command
from tests.readers.docker_run.commands import HOME, command, read, run_of, variable, words

HOSTNAME = command("`hostname`")
SEED = (
    *("docker", "run", "--runtime=nvidia", "--shm-size", "16G", "-it", "--rm"),
    *("-e", ("HOSTNAME=", HOSTNAME), "-v", "/raid/public/my_datasets:/root/dataset:ro"),
    "nvcr.io/nvidia/pytorch:19.12-py3",
)


def open_word(name: str) -> Word:
    """What a variable of the shell decides."""
    return Word(parts=(variable(name),))


def test_the_line_of_the_seed() -> None:
    job = read(*SEED)
    assert job.run == Run(
        image=word("nvcr.io/nvidia/pytorch:19.12-py3"),
        environment=(Variable(name="HOSTNAME", value=joined([HOSTNAME])),),
        interactive=True,
        terminal=True,
        remove=True,
        mounts=(
            RunMount(
                kind="bind",
                source=word("/raid/public/my_datasets"),
                target=word("/root/dataset"),
                read_only=True,
                create=True,
            ),
        ),
        gpus=(GpuAsk(how="runtime", count=-1),),
        shared_memory=16 * 1024**3,
    )
    assert [(item.name, item.written, item.value, item.words) for item in job.items] == [
        ("docker run", "docker run", "", (0, 1)),
        ("--runtime", "--runtime", "nvidia", (2,)),
        ("--shm-size", "--shm-size", "16G", (3, 4)),
        ("--interactive", "-i", "", (5,)),
        ("--tty", "-t", "", (5,)),
        ("--rm", "--rm", "", (6,)),
        ("--env", "-e", "HOSTNAME=`hostname`", (7, 8)),
        ("--volume", "-v", "/raid/public/my_datasets:/root/dataset:ro", (9, 10)),
        ("IMAGE", "", "nvcr.io/nvidia/pytorch:19.12-py3", (11,)),
    ]
    assert job.items[6].expansions == (HOSTNAME,)


def test_what_placement_needs_of_the_seeds_line() -> None:
    job = read(*SEED)
    assert (job.id, job.label, job.kind, job.reader) == (
        "docker-run:train.sh:7:3",
        "nvcr.io/nvidia/pytorch:19.12-py3",
        "docker run",
        "docker-run",
    )
    assert job.images == (JobImage(reference="nvcr.io/nvidia/pytorch:19.12-py3"),)
    assert job.mounts == (
        JobMount(
            kind="bind", source="/raid/public/my_datasets", target="/root/dataset", read_only=True
        ),
    )
    assert job.accelerators == (AcceleratorNeed(count=None, vendor="nvidia", how="runtime"),)
    assert job.tolerates_gpu_taints is True


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (("docker", "run", "alpine"), "docker run"),
        (("docker", "container", "create", "alpine"), "docker create"),
        (("/usr/bin/docker", "run", "alpine"), "docker run"),
        (("nvidia-docker", "run", "alpine"), "nvidia-docker run"),
        (("podman", "--remote", "run", "alpine"), "podman run"),
        (("nerdctl", "-n", "k8s.io", "run", "alpine"), "nerdctl run"),
        (("docker", "-H", "ssh://gpu1", "--debug", "run", "alpine"), "docker run"),
        (("sudo", "-E", "docker", "run", "alpine"), "docker run"),
        (("sudo", "-u", "me", "nice", "-n", "5", "docker", "run", "alpine"), "docker run"),
        (("X=1", "env", "-u", "Y", "Z=2", "time", "-p", "docker", "run", "alpine"), "docker run"),
        (("nohup", "timeout", "-k", "5", "1h", "docker", "run", "alpine"), "docker run"),
        (("exec", "docker", "run", "alpine"), "docker run"),
        ((variable("DOCKER"), "run", "alpine"), "docker run"),
    ],
)
def test_what_starts_a_container(line: tuple[str, ...], kind: str) -> None:
    assert is_command(words(*line)) is True
    assert read(*line).kind == kind


@pytest.mark.parametrize(
    "line",
    [
        (),
        ("docker",),
        ("docker", "ps"),
        ("docker", "compose", "run", "web"),
        ("docker", "network", "create", "x"),
        ("echo", "docker", "run", "alpine"),
        ("docker", "--nosuch", "ps"),
        ("sudo",),
        (variable("X"), "run", "alpine"),
    ],
)
def test_what_starts_none(line: tuple[str, ...]) -> None:
    assert is_command(words(*line)) is False


def test_options_stop_at_the_image() -> None:
    run = run_of("-i", "alpine", "--rm", "-e", "A=1")
    assert (run.interactive, run.remove, run.environment) == (True, False, ())
    assert [one.text for one in run.arguments] == ["--rm", "-e", "A=1"]


def test_a_boolean_flag_takes_no_next_word() -> None:
    run = run_of("--rm", "false", "alpine")
    assert (run.remove, run.image.text, run.arguments) == (True, "false", (word("alpine"),))


def test_two_words_of_a_size() -> None:
    run = run_of("--shm-size", "16", "gb", "alpine")
    assert (run.shared_memory, run.image.text) == (16, "gb")


def test_two_dashes_before_the_image_belong_to_it() -> None:
    job = read("docker", "run", "-d", "--", "alpine", "--", "x")
    assert [(item.name, item.value, item.words) for item in job.items] == [
        ("docker run", "", (0, 1)),
        ("--detach", "", (2,)),
        ("IMAGE", "alpine", (3, 4)),
        ("COMMAND", "-- x", (5, 6)),
    ]


def test_the_last_of_a_repeated_flag_counts() -> None:
    run = run_of("--name", "aa", "--name=bb", "-m", "1g", "-m512m", "--rm", "--rm=false", "alpine")
    assert (run.name, run.memory_limit, run.remove) == (word("bb"), 512 * 1024**2, False)


def test_a_negative_quota_takes_the_limit_of_cpus_away() -> None:
    assert run_of("--cpus", "1", "x").cpu_limit == 1000
    assert run_of("--cpus", "1", "--cpu-quota", "-1", "x").cpu_limit is None


def test_ports_in_every_spelling() -> None:
    run = run_of(
        *("-p1:2", "-p", "127.0.0.1:80:81/udp", "--publish=8000-8001:9000-9001", "-p", "7"),
        *("--expose", "2", "--expose", "99", "-p", "published=5,target=6", "alpine"),
    )
    assert run.ports == (
        PortMapping(container=2, host=1),
        PortMapping(container=81, host=80, address="127.0.0.1", protocol="udp"),
        PortMapping(container=9000, host=8000),
        PortMapping(container=9001, host=8001),
        PortMapping(container=7),
        PortMapping(container=6, host=5),
        PortMapping(container=99, exposed=True),
    )


@pytest.mark.parametrize(
    ("flags", "asks"),
    [
        (("--gpus", "all"), (GpuAsk(how="--gpus", count=-1),)),
        (("--gpus=2",), (GpuAsk(how="--gpus", count=2),)),
        (("--gpus", "device=all"), (GpuAsk(how="--gpus", count=-1),)),
        (("--gpus", "driver=nvidia"), (GpuAsk(how="--gpus", count=1),)),
        (("--gpus", '"device=0,2"'), (GpuAsk(how="--gpus", devices=("0", "2")),)),
        (
            ("--gpus", "1", "--gpus", "2"),
            (GpuAsk(how="--gpus", count=1), GpuAsk(how="--gpus", count=2)),
        ),
        (
            ("--gpus", '"capabilities=compute,utility"'),
            (GpuAsk(how="--gpus", count=1, capabilities=("compute", "utility")),),
        ),
        (("--gpus", (variable("N"),)), (GpuAsk(how="--gpus", count=open_word("N")),)),
        (
            ("--gpus", ("device=", variable("ID"))),
            (GpuAsk(how="--gpus", count=open_word("ID"), devices=("$ID",)),),
        ),
        (
            ("--runtime", "nvidia", "-e", "NVIDIA_VISIBLE_DEVICES=0,1"),
            (GpuAsk(how="runtime", devices=("0", "1")),),
        ),
        (("--runtime", "nvidia", "-e", "NVIDIA_VISIBLE_DEVICES=void"), ()),
        (
            ("--runtime", "nvidia", "-e", "NVIDIA_VISIBLE_DEVICES"),
            (
                GpuAsk(
                    how="runtime",
                    count=open_word("NVIDIA_VISIBLE_DEVICES"),
                    devices=("$NVIDIA_VISIBLE_DEVICES",),
                ),
            ),
        ),
        (
            ("--device", "nvidia.com/gpu=all"),
            (GpuAsk(how="cdi", count=-1, devices=("nvidia.com/gpu=all",)),),
        ),
        (
            ("--device=/dev/nvidia0", "--device=/dev/nvidia1", "--device=/dev/nvidiactl"),
            (
                GpuAsk(
                    how="device",
                    count=2,
                    devices=("/dev/nvidia0", "/dev/nvidia1", "/dev/nvidiactl"),
                ),
            ),
        ),
        (
            ("--device=/dev/kfd", "--device=/dev/dri"),
            (GpuAsk(how="device", count=-1, devices=("/dev/kfd", "/dev/dri"), vendor="amd"),),
        ),
        (("--device", "/dev/fuse"), ()),
    ],
)
def test_every_form_of_asking_for_gpus(flags: tuple[str, ...], asks: tuple[GpuAsk, ...]) -> None:
    assert run_of(*flags, "alpine").gpus == asks


def test_nvidia_docker_gives_all_or_those_of_a_variable() -> None:
    plain, chosen = (
        read("nvidia-docker", "run", "x").run,
        read("NV_GPU=0,1", "nvidia-docker", "run", "x").run,
    )
    assert plain is not None
    assert chosen is not None
    assert plain.gpus == (GpuAsk(how="runtime", count=-1),)
    assert chosen.gpus == (GpuAsk(how="runtime", devices=("0", "1")),)


def test_devices_that_are_no_gpus_stay_devices() -> None:
    assert run_of("--device", "/dev/fuse", "--device=/dev/nvidia0", "x").devices == ("/dev/fuse",)


def test_mounts_in_every_form() -> None:
    run = run_of(
        *("-v", (command("`pwd`"), "/..:/x"), "-v", "name:/p", "-v", "/anonymous"),
        *("-v", (HOME, "/data:/data:ro,z"), "--tmpfs", "/scratch:size=1g,noexec"),
        *("--mount", ("type=bind,src=", variable("PWD"), ",dst=/w,readonly"), "-v", "./here:/h"),
        *("--mount", "type=volume,src=nfs,dst=/n,volume-opt=type=nfs", "alpine"),
    )
    pwd, home = command("`pwd`"), HOME
    assert run.mounts == (
        RunMount(kind="bind", source=joined([pwd, "/.."]), target=word("/x"), create=True),
        RunMount(kind="named-volume", source=word("name"), target=word("/p")),
        RunMount(kind="anonymous-volume", source=Word(), target=word("/anonymous")),
        RunMount(
            kind="bind",
            source=joined([home, "/data"]),
            target=word("/data"),
            read_only=True,
            options=("z",),
            create=True,
        ),
        RunMount(
            kind="tmpfs",
            source=Word(),
            target=word("/scratch"),
            size=1024**3,
            options=("noexec",),
        ),
        RunMount(kind="bind", source=joined([variable("PWD")]), target=word("/w"), read_only=True),
        RunMount(kind="bind", source=word("./here"), target=word("/h"), create=True),
        RunMount(
            kind="named-volume",
            source=word("nfs"),
            target=word("/n"),
            driver_options={"type": "nfs"},
        ),
    )


def test_variables_come_from_files_and_the_shells_assignments() -> None:
    job = read(
        *("A=front", "docker", "run", "--env-file", "v.env", "--env-file", "unread.env"),
        *("-e", "A", "-e", "B", "-e", "TOKEN=hf_" + "x" * 20, "-e", "C=1", "-e", "C=2", "alpine"),
        files={"v.env": '# note\nC=file\nD="quoted"\nE\n'},
    )
    assert job.run is not None
    assert job.run.environment == (
        Variable(name="D", value=word('"quoted"'), file="v.env"),
        Variable(name="E", file="v.env"),
        Variable(name="A", value=word("front")),
        Variable(name="B"),
        Variable(name="TOKEN", value=word("hf_" + "x" * 20), secret=True),
        Variable(name="C", value=word("2")),
    )
    assert job.run.environment_files == (word("unread.env"),)


def test_sudo_takes_the_shells_variables_away() -> None:
    assert [
        read(*front, "docker", "run", "-e", "A", "x").run.environment  # type: ignore[union-attr]
        for front in (("A=1", "sudo"), ("A=1", "sudo", "-E"), ("sudo", "A=1"))
    ] == [
        (Variable(name="A"),),
        (Variable(name="A", value=word("1")),),
        (Variable(name="A", value=word("1")),),
    ]


def test_secrets_are_in_no_item() -> None:
    secret = "hf_" + "x" * 30
    job = read(
        *(f"HF_TOKEN={secret}", "docker", "run", "-e", f"HF_TOKEN={secret}", "-e", "PASSWORD=abc"),
        *("-l", f"key={secret}", "-v", f"/{secret}:/x", "alpine", "--token", "abcdef", secret),
    )
    shown = [(item.written, item.value) for item in job.items]
    assert shown == [
        ("HF_TOKEN=[redacted] docker run", ""),
        ("-e", "HF_TOKEN=[redacted]"),
        ("-e", "PASSWORD=[redacted]"),
        ("-l", "key=[redacted]"),
        ("-v", "/[redacted]:/x"),
        ("", "alpine"),
        ("", "--token [redacted] [redacted]"),
    ]


def test_rights_and_namespaces() -> None:
    run = run_of(
        *("--privileged", "--cap-add", "cap_sys_admin", "--cap-drop=ALL", "--read-only"),
        *("--net=host", "--pid", "host", "--ipc=host", "--security-opt", "no-new-privileges"),
        *("--security-opt", "seccomp=unconfined", "--security-opt=apparmor:x"),
        *("--sysctl", "net.core.somaxconn=1024", "alpine"),
    )
    assert run.security == Security(
        privileged=True,
        capabilities_added=("SYS_ADMIN",),
        capabilities_dropped=("ALL",),
        read_only_root=True,
        host_network=True,
        host_pid=True,
        host_ipc=True,
        no_new_privileges=True,
        seccomp="unconfined",
        sysctls={"net.core.somaxconn": "1024"},
        options=("apparmor=x",),
    )


@pytest.mark.parametrize(
    ("words", "is_on"),
    [
        (("no-new-privileges",), True),
        (("no-new-privileges=1",), True),
        (("no-new-privileges:false",), False),
        (("no-new-privileges", "no-new-privileges:false"), False),
        (("no-new-privileges:false", "no-new-privileges"), True),
    ],
)
def test_the_last_security_option_of_a_name_counts(words: tuple[str, ...], is_on: bool) -> None:
    flags = [f"--security-opt={word}" for word in words]
    assert run_of(*flags, "alpine").security == Security(no_new_privileges=is_on)


def test_podman_has_flags_and_values_of_its_own() -> None:
    job = read(
        *("podman", "run", "--userns=keep-id", "--pull=newer", "--tz", "local", "--replace"),
        *("--network", "slirp4netns:port_handler=rootlesskit", "--arch", "arm64", "alpine"),
    )
    assert [item.name for item in job.items][1:-1] == [
        *("--userns", "--pull", "--tz", "--replace", "--network", "--arch"),
    ]
    assert job.architectures == ("arm64",)


def test_words_that_only_the_shell_knows_before_the_image() -> None:
    options, image = variable("DOCKER_OPTS"), variable("IMAGE")
    job = read("docker", "run", options, "--rm", variable("X"), "-t", image, "--fast")
    assert [(item.name, item.value, item.words) for item in job.items] == [
        ("docker run", "", (0, 1)),
        ("OPTIONS", "$DOCKER_OPTS", (2,)),
        ("--rm", "", (3,)),
        ("OPTIONS", "$X", (4,)),
        ("--tty", "", (5,)),
        ("IMAGE", "$IMAGE", (6,)),
        ("COMMAND", "--fast", (7,)),
    ]


def test_global_flags_are_items() -> None:
    job = read("docker", "-H", "tcp://gpu1:2375", "--debug", "run", "alpine")
    assert [(item.name, item.value, item.words) for item in job.items] == [
        ("docker run", "", (0, 4)),
        ("--host", "tcp://gpu1:2375", (1, 2)),
        ("--debug", "", (3,)),
        ("IMAGE", "alpine", (5,)),
    ]


def test_an_item_knows_its_place() -> None:
    job = read("docker", "run", "--name", "ab", "alpine", "sh")
    assert [item.place.column for item in job.items if item.place] == [3, 5, 7, 8]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("--gpu", "all", "x"), "7:5: unknown flag: --gpu, did you mean '--gpus'?"),
        (("--nosuchthing", "x"), "7:5: unknown flag: --nosuchthing"),
        (("-Z", "x"), "7:5: unknown shorthand flag: 'Z' in -Z"),
        (
            ("-dns", "8.8.8.8", "x"),
            "7:5: unknown shorthand flag: 'n' in -dns (one dash, removed in 1.10; now --dns)",
        ),
        (
            ("--cpuset", "0", "x"),
            "7:5: unknown flag: --cpuset (removed in 1.10; now --cpuset-cpus)",
        ),
        (("--name",), "7:5: flag needs an argument: --name (give --name a value)"),
        (("-it",), "7:5: no image behind the flags (docker run [FLAGS] IMAGE [COMMAND])"),
        ((), "7:4: no image behind the flags (docker run [FLAGS] IMAGE [COMMAND])"),
        (("Alpine",), "7:5: the image: a repository's name must be lowercase: 'Alpine'"),
        (
            ("--shm-size", "16gigs", "x"),
            "7:6: --shm-size: unknown unit 'gigs'; give b, k, m, g, t or p: '16gigs'",
        ),
        (("-p", "x", "y"), "7:6: -p (--publish): a port is a number from 0 to 65535: 'x'"),
        (("--rm=maybe", "x"), "7:5: --rm: not true or false: 'maybe'"),
        (("-e", "=x", "y"), "7:6: -e (--env): no name before the value"),
        (("--help",), "7:5: --help shows how to use docker and runs nothing"),
        (
            ("--rm", "--restart=always", "x"),
            "7:6: --restart and --rm exclude each other"
            " (a container that is removed cannot be restarted: leave one out)",
        ),
        (
            ("--net", "name=own,alias=a", "--net-alias=", "x"),
            "7:7: --network-alias and alias= of --network exclude each other",
        ),
        (("-d", "-a", "stdin", "x"), "7:6: --attach and --detach exclude each other"),
        (
            ("--gpus", "device=0,2", "x"),
            "7:5: --gpus: both a count and devices"
            " (several devices need quotes inside): 'device=0,2'",
        ),
        (
            ("-v", "~/x:/y", "z"),
            "7:5: --volume: a ~ that the shell does not expand: '~/x:/y'"
            " (write $HOME, or the ~ outside of quotes at the start of the word)",
        ),
        (
            ("--entrypoint", "", "x"),
            "7:5: --entrypoint: empty, so nothing is left to run (give a command behind the image)",
        ),
        (("-v", "/a:/x", "-v", "/b:/x/", "y"), "7:7: --volume: /x is mounted twice"),
        (
            ("--cpus", "2", "--cpu-quota", "50000", "x"),
            "7:7: --cpus and --cpu-quota exclude each other",
        ),
    ],
)
def test_what_docker_refuses(parts: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        read("docker", "run", *parts)
    assert caught.value.line() == f"train.sh:{message}"


def test_a_bad_line_of_an_env_file_is_refused() -> None:
    with pytest.raises(InputError, match="7:6: --env-file f: line 2: blanks in the name"):
        run_of("--env-file", "f", "x", f="A=1\nexport B=2\n")


def test_no_command_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="no docker run or docker create"):
        read("echo", "hello")


def test_an_item_of_an_option_left_to_the_shell_keeps_its_expansion() -> None:
    job = read("docker", "run", "--memory", variable("MEM"), "x")
    assert job.run is not None
    assert job.run.memory_limit == open_word("MEM")
    assert job.items[1] == Item(
        name="--memory",
        written="--memory",
        value="$MEM",
        place=job.items[1].place,
        words=(2, 3),
        expansions=(variable("MEM"),),
        sets=(("memory_limit",),),
    )
