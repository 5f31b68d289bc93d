"""What a writer gets besides the job, and what it gives."""

from __future__ import annotations

from typing import Literal

from advisor.facts.record import Record
from advisor.facts.workload import Toleration
from advisor.findings.finding import Outcome
from advisor.jobs.ledger import Entry

Target = Literal["runai-v1", "runai-v2", "kubernetes"]
TARGETS: tuple[Target, ...] = ("runai-v1", "runai-v2", "kubernetes")


class NfsExport(Record, frozen=True, kw_only=True):
    """`--nfs server:/export=path`: data under the local `path` is at `server:/export`."""

    server: str
    export: str
    path: str


class ClaimMapping(Record, frozen=True, kw_only=True):
    """`--data-claim name[=path]`: data under the local `path` (empty: all data) is in the claim."""

    claim: str
    path: str = ""


class ImagePush(Record, frozen=True, kw_only=True):
    """How an image that only machines have gets to the registry: under which name, empty where that
    is open, from which machine and with which engine. `held` says why it must not go there yet."""

    target: str = ""
    host: str = ""
    engine: str = "docker"
    held: str = ""


class Situation(Record, frozen=True, kw_only=True):
    """What the target is like and what the user has decided.

    `outcomes` are section 1's by subject (`image`, or `data:SOURCE` for each mount); an absent one
    counts as `unknown`. `image_names` gives the name under which a registry has an image that the
    job calls otherwise. `registry` is `host/path` for images that move; `pushes` has what is known
    of their way there, by the name in the job. `host_gpus` is the number
    of GPUs of the machine the job comes from. `tolerations` and `node_selector` fit the target's
    GPU nodes. `values` settle variables (`--set`), `profiles` those of compose, `exclude` the
    patterns of files that are left out of folders, `directory` is `--cwd`. `dialect` is for
    runai-v1, empty the release's own. `release` is the Run:ai that the job goes to, empty for any;
    `gone` has what it does not take by name, and what to use instead. `taken` has the names of
    other jobs, each with the number last put behind it. `lines` puts one flag on a line.
    `data_follows`: somebody else brings the data to its claims, so no step has to.
    """

    target: Target
    dialect: Literal["late", "early", ""] = ""
    release: str = ""
    gone: dict[str, str] = {}
    registry: str = ""
    image_names: dict[str, str] = {}
    pushes: dict[str, ImagePush] = {}
    claims: tuple[ClaimMapping, ...] = ()
    exports: tuple[NfsExport, ...] = ()
    outcomes: dict[str, Outcome] = {}
    host_gpus: int | None = None
    gpu_resource: str = "nvidia.com/gpu"
    tolerations: tuple[Toleration, ...] = ()
    node_selector: dict[str, str] = {}
    namespace: str = ""
    project: str = ""
    values: dict[str, str] = {}
    profiles: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    directory: str = ""
    taken: dict[str, int] = {}
    lines: bool = False
    data_follows: bool = False


class Translation(Record, frozen=True, kw_only=True):
    """One job in another form. `text` can be pasted or applied as it is; `before` are steps that
    must come first (a secret, a copy), each a comment and a command; `missing` says what the user
    has yet to give. `subcommand` names the runai command used. The ledger has an entry for every
    item.
    """

    target: Target
    text: str
    subcommand: str = ""
    ledger: tuple[Entry, ...] = ()
    before: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    documents: tuple[dict[str, object], ...] = ()
