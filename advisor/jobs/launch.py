"""A launch over several machines: what its words say of them, and the same words for one
distributed job, where the operator's variables stand in place of addresses and ranks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from advisor.facts.record import Record
from advisor.jobs.run import Launch, Run, Variable
from advisor.jobs.word import Expansion, Word, asked_for, joined

Framework = Literal["pytorch", "mpi", "tensorflow", "jax", "ray"]


class _Table(Record, frozen=True, kw_only=True):
    """How a launcher names its flags, with `_` for `-`."""

    framework: Framework
    nodes: tuple[str, ...] = ()
    rank: tuple[str, ...] = ()
    address: tuple[str, ...] = ()
    port: tuple[str, ...] = ()
    endpoint: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    host_file: tuple[str, ...] = ()


_TORCH = _Table(
    framework="pytorch",
    nodes=("nnodes",),
    rank=("node_rank",),
    address=("master_addr",),
    port=("master_port",),
    endpoint=("rdzv_endpoint",),
    slots=("nproc_per_node",),
)
_ACCELERATE = _Table(
    framework="pytorch",
    nodes=("num_machines",),
    rank=("machine_rank",),
    address=("main_process_ip",),
    port=("main_process_port",),
)
_DEEPSPEED = _Table(
    framework="mpi",
    nodes=("num_nodes",),
    rank=("node_rank",),
    address=("master_addr",),
    port=("master_port",),
    slots=("num_gpus",),
    hosts=("include", "i"),
    host_file=("hostfile", "H"),
)
_MPI = _Table(
    framework="mpi",
    hosts=("H", "host", "hosts"),
    host_file=("hostfile", "machinefile", "default_hostfile"),
    slots=("npernode", "N", "ppn"),
)
_RAY = _Table(framework="ray", address=("address",))
_RAY_HEAD = asked_for("RAY_HEAD", "the address of the head, HOST:PORT")
_PROGRAMS = {
    "torchrun": _TORCH,
    "torch.distributed.run": _TORCH,
    "torch.distributed.launch": _TORCH,
    "deepspeed": _DEEPSPEED,
    **dict.fromkeys(("mpirun", "mpiexec", "mpiexec.hydra", "orterun", "horovodrun"), _MPI),
}
_TWO_VALUES = frozenset({"mca", "genv", "env", "gmca"})
_NO_VALUE = frozenset(
    {"allow_run_as_root", "oversubscribe", "tag_output", "v", "verbose", "display_map", "q"}
    | {"report_bindings", "nooversubscribe", "mpi", "gloo", "prefix_output", "use_hwthread_cpus"}
)
_HERE = re.compile(r"(?:localhost|127\.[\d.]+|0\.0\.0\.0|::1|\[::1\])?(?::\d+)?")
_VARIABLES: dict[str, Framework] = {
    "MASTER_ADDR": "pytorch",
    "MASTER_PORT": "pytorch",
    "RANK": "pytorch",
    "NODE_RANK": "pytorch",
    "WORLD_SIZE": "pytorch",
    "PET_MASTER_ADDR": "pytorch",
    "PET_MASTER_PORT": "pytorch",
    "PET_NODE_RANK": "pytorch",
    "PET_NNODES": "pytorch",
    "TF_CONFIG": "tensorflow",
    "JAX_COORDINATOR_ADDRESS": "jax",
    "COORDINATOR_ADDRESS": "jax",
    "NUM_PROCESSES": "jax",
    "PROCESS_ID": "jax",
}
"""Variables that name the other machines, and whose operator sets them."""
_ADDRESSES = ("MASTER_ADDR", "PET_MASTER_ADDR", "JAX_COORDINATOR_ADDRESS", "COORDINATOR_ADDRESS")
_COUNTS = ("NNODES", "PET_NNODES", "NUM_NODES", "WORLD_SIZE", "NUM_PROCESSES")
_RANKS = ("NODE_RANK", "PET_NODE_RANK", "RANK", "PROCESS_ID")
_KEPT = {"NODE_RANK": "RANK"}
"""Variables that a program may read and no operator sets, with the one that says the same."""
_SHELLS = frozenset({"sh", "bash", "zsh", "dash"})
_OF_TWO_WORDS = {"pytorchlaunch": "accelerate launch", "raystart": "ray start"}
_HOST_FILE = "/etc/mpi/hostfile"
_RANK_OF_SLURM = re.compile(r"\bSLURM_NODEID\b")
_NEEDS_HOST_FILE = frozenset({"deepspeed", "horovodrun"})
"""mpirun finds the operator's file of hosts by itself."""


def launched(run: Run, pods: int | None = None) -> tuple[Run, Launch] | None:
    """The run as one distributed job, and what its words said; None for a job of one machine.
    `pods` is how many start it, where that is known better than by its words."""
    words = (*(run.entrypoint or ()), *run.arguments)
    by_words = _by_words(words)
    rewritten = by_words or _by_variables(run)
    if rewritten is None:
        return None
    framework, launch, new = rewritten
    launch = launch if pods is None else msgspec.structs.replace(launch, nodes=pods)
    start = len(run.entrypoint or ())
    made = new if new is not None else tuple((word,) for word in words)
    dropped = tuple(variable.name for variable in run.environment if variable.name in _VARIABLES)
    # The operators of these count their leading pod (master, chief) apart from the workers.
    leads = framework in ("pytorch", "tensorflow")
    workers = None if launch.nodes is None else launch.nodes - (1 if leads else 0)
    slots = launch.slots if framework == "mpi" else None
    options = run.options
    if slots is not None:
        options += (("slots-per-worker", Word(parts=(str(slots),))),)
    changed = msgspec.structs.replace(
        run,
        entrypoint=None if run.entrypoint is None else _flat(made[:start]),
        arguments=_flat(made[start:]),
        environment=tuple(filter(None, map(_variable, run.environment))),
        distributed=framework,
        workers=workers,
        options=options,
    )
    text = " ".join(word.text for word in _flat(made))
    machines = f"{launch.nodes} machines" if launch.nodes else "several machines"
    message = (
        f"{launch.program} over {machines} is one distributed job, whose operator says who they are"
    )
    return changed, msgspec.structs.replace(
        launch, dropped=dropped, told=message, key=f"{run.image.text}\0{text}"
    )


def _flat(made: Iterable[_Words]) -> _Words:
    return tuple(word for words in made for word in words)


def _variable(variable: Variable) -> Variable | None:
    if variable.name in _KEPT:
        return msgspec.structs.replace(variable, value=_filled(_KEPT[variable.name]))
    return None if variable.name in _VARIABLES else variable


def _filled(name: str) -> Word:
    """The word `$(NAME)`, in whose place the cluster puts the value of a variable of the pod."""
    return Word(parts=(Expansion(source=f"$({name})", kind="cluster", name=name, quoted=True),))


_Words = tuple[Word, ...]
_Found = tuple[Framework, Launch, tuple[_Words, ...] | None]
"""What stands in place of each word, where that is something else, comes last."""


def _by_variables(run: Run) -> _Found | None:
    given = {variable.name: variable.value for variable in run.environment}
    addresses = [given[name] for name in _ADDRESSES if name in given]
    away = [host for host in addresses if host is None or not _HERE.fullmatch(host.text)]
    if "TF_CONFIG" in given:
        stated = given["TF_CONFIG"]
        workers = len(re.findall(r"[\w.-]+:\d+", stated.text)) if stated else 0
        if workers < 2:
            return None
        return "tensorflow", Launch(program="TF_CONFIG", nodes=workers), None
    counts = [given[name] for name in _COUNTS if name in given]
    ranks = [given[name] for name in _RANKS if name in given]
    if not away or not (counts or ranks):
        return None
    number = next((_number(count.text) for count in counts if count is not None), None)
    if number == 1:
        return None
    name = next(name for name in _ADDRESSES if name in given)
    rank = next((_number(rank.text) for rank in ranks if rank is not None), None)
    return _VARIABLES[name], Launch(program=name, nodes=number, rank=rank), None


def _number(text: str) -> int | None:
    """A number; the larger of a range."""
    last = text.rpartition(":")[2]
    return int(last) if last.isascii() and last.isdigit() else None


def _by_words(words: Sequence[Word]) -> _Found | None:
    texts = [word.text for word in words]
    for number in range(len(texts)):
        if number and _is_command_flag(texts[number - 1]) and _runs_shell(texts[:number]):
            return _in_shell(words, number)
    return _in_words(words, texts)


def _is_command_flag(text: str) -> bool:
    return re.fullmatch(r"-[a-z]*c", text) is not None


def _runs_shell(before: Sequence[str]) -> bool:
    return any(text.rpartition("/")[2] in _SHELLS for text in before)


def _in_shell(words: Sequence[Word], number: int) -> _Found | None:
    """A launcher in the text of a shell, whose words are parted by blanks."""
    pieces = _pieces(words[number])
    rewritten = _rewritten([piece.text for piece in pieces[::2]], in_text=True, words=pieces[::2])
    if rewritten is None:
        return None
    framework, launch, made = rewritten
    aligned = [(word,) for word in words]
    pieces[::2] = [_spaced(texts) for texts in made]
    parts = [part for piece in pieces for part in piece.parts]
    if framework == "pytorch":
        parts = [
            _RANK_OF_SLURM.sub("RANK", part) if isinstance(part, str) else _of_index(part)
            for part in parts
        ]
    aligned[number] = (joined(parts),)
    return framework, launch, tuple(aligned)


def _of_index(part: Expansion) -> str | Expansion:
    """The number of a pod of an Indexed Job, which is its rank among those of the launch."""
    return "$RANK" if part.asked and part.name == "JOB_COMPLETION_INDEX" else part


def _pieces(text: Word) -> list[Word]:
    """The words of a text, and between them the blanks."""
    pieces: list[list[str | Expansion]] = [[]]
    for part in text.parts:
        if isinstance(part, Expansion):
            pieces[-1].append(part)
            continue
        first, *rest = re.split(r"(\s+)", part)
        pieces[-1].append(first)
        pieces += [[part] for part in rest]
    return [joined(piece) for piece in pieces]


def _spaced(words: _Words) -> Word:
    """The words as one, with a blank between them."""
    return joined(
        part
        for number, word in enumerate(words)
        for part in ((" ", *word.parts) if number else word.parts)
    )


def _in_words(words: Sequence[Word], texts: list[str]) -> _Found | None:
    rewritten = _rewritten(texts, in_text=False, words=words)
    if rewritten is None:
        return None
    framework, launch, made = rewritten
    return framework, launch, tuple(made)


def _launchers(texts: Sequence[str]) -> Iterator[tuple[int, _Table]]:
    """Words that are a launcher's name; not all of them start it (`pip install deepspeed`)."""
    for number, text in enumerate(texts):
        name = text.rpartition("/")[2]
        if name == "accelerate" and list(texts[number + 1 : number + 2]) == ["launch"]:
            yield number + 1, _ACCELERATE
        if name == "ray" and list(texts[number + 1 : number + 2]) == ["start"]:
            yield number + 1, _RAY
        if name in _PROGRAMS:
            yield number, _PROGRAMS[name]


class _Flag(Record, frozen=True, kw_only=True):
    """An occurrence: the numbers of its words, and its value."""

    name: str
    at: int
    value_at: int
    value: str


def _flags(texts: Sequence[str], start: int, table: _Table) -> list[_Flag]:
    """The launcher's flags behind word `start`; those of mpirun end where its program begins."""
    flags: list[_Flag] = []
    at = start + 1
    while at < len(texts):
        text = texts[at]
        if not text.startswith("-"):
            if table is _MPI and text:
                break
            at += 1
            continue
        name, equals, value = text.lstrip("-").partition("=")
        name = name.replace("-", "_")
        if equals:
            flags.append(_Flag(name=name, at=at, value_at=at, value=value))
            at += 1
        elif name in _NO_VALUE or at + 1 >= len(texts):
            at += 1
        else:
            flags.append(_Flag(name=name, at=at, value_at=at + 1, value=texts[at + 1]))
            wide = 3 if table is _MPI and name in _TWO_VALUES else 2
            at += wide if table is _MPI else 1
    return flags


def _rewritten(
    texts: Sequence[str], *, in_text: bool, words: Sequence[Word] | None = None
) -> tuple[Framework, Launch, list[_Words]] | None:
    for start, table in _launchers(texts):
        flags = _flags(texts, start, table)
        given: Mapping[str, str] = {flag.name: flag.value for flag in flags}
        nodes, several = _machines(table, given)
        if several:
            break
    else:
        return None
    stated = words if words is not None else [Word(parts=(text,)) for text in texts]
    made: list[_Words] = [(word,) for word in stated]
    for flag in flags:
        value = _replacement(flag, table, in_text=in_text)
        if value is None:
            continue
        if not value.parts:
            made[flag.at] = made[flag.value_at] = ()
        elif flag.at == flag.value_at:
            made[flag.at] = (joined((f"{texts[flag.at].partition('=')[0]}=", *value.parts)),)
        else:
            made[flag.value_at] = (value,)
    name = texts[start].rpartition("/")[2]
    if name in _NEEDS_HOST_FILE:
        made[start] = (stated[start], Word(parts=("--hostfile",)), Word(parts=(_HOST_FILE,)))
    launch = Launch(
        program=_OF_TWO_WORDS.get(table.framework + name, name),
        nodes=nodes,
        rank=_number(next((given[name] for name in table.rank if name in given), "")),
        slots=_slots(table, given),
    )
    return table.framework, launch, made


def _machines(table: _Table, given: Mapping[str, str]) -> tuple[int | None, bool]:
    """How many machines there are, where that is said, and whether there are several."""
    for name in table.hosts:
        if name in given:
            hosts = {host.split(":")[0] for host in re.split(r"[,@]", given[name])}
            hosts = {host for host in hosts if host and not host.isdigit()}
            return len(hosts), not all(_HERE.fullmatch(host) for host in hosts)
    if any(name in given for name in table.host_file):
        stated = [given[name] for name in table.nodes if name in given]
        return _number(stated[0]) if stated else None, True
    for name in table.nodes:
        if name in given:
            number = _number(given[name])
            return number, number is None or number > 1
    away = [given[name] for name in table.address if name in given and table is _RAY]
    return None, any(not _HERE.fullmatch(address) for address in away)


def _slots(table: _Table, given: Mapping[str, str]) -> int | None:
    for name in table.slots:
        if name in given:
            return _number(given[name])
    for name in table.hosts:
        counts = set(re.findall(r":(\d+)(?=,|$)", given.get(name, "")))
        if len(counts) == 1:
            return int(counts.pop())
    return None


def _replacement(flag: _Flag, table: _Table, *, in_text: bool) -> Word | None:
    """What stands in place of the flag's value; an empty word where the flag goes."""
    variable = (lambda name: Word(parts=(f"${name}",))) if in_text else _filled
    if flag.name in table.rank:
        return variable("RANK") if table.framework == "pytorch" else Word()
    if flag.name in table.address and table is _RAY:
        return _RAY_HEAD
    if flag.name in table.address:
        return variable("MASTER_ADDR") if table.framework == "pytorch" else Word()
    if flag.name in table.port:
        return variable("MASTER_PORT") if table.framework == "pytorch" else None
    if flag.name in table.endpoint:
        return joined((*variable("MASTER_ADDR").parts, ":", *variable("MASTER_PORT").parts))
    return Word() if flag.name in (*table.hosts, *table.host_file) else None
