"""What was written is read back as the same run, and every flag is one the subcommand has."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Target
from advisor.jobs.word import word
from advisor.readers.runai.flags import first_flags, second_catalog, second_flags
from advisor.readers.shell.commands import read_script
from advisor.writers import write
from advisor.writers.kinds import standing_reason
from advisor.writers.runai.ports import NODE_PORTS
from tests.writers.jobs import runai_job
from tests.writers.runs import TEXTS, runs

pytestmark = pytest.mark.slow

Dialect = Literal["late", "early"]
PLAIN = runs(TEXTS.map(word))


def job(run: Run) -> JobSpec:
    return JobSpec(id="x", label="x", kind="job", run=run)


def as_read(run: Run) -> Run:
    """Whoever keeps running is read as a service; a share of a GPU and its number are one. A port
    of the nodes is one of a Service of that type."""
    ports = (
        msgspec.structs.replace(port, service="NodePort" if port.host in NODE_PORTS else "")
        for port in run.ports
    )
    standing = bool(standing_reason(run))
    return msgspec.structs.replace(
        run, service=standing, gpus=run.gpus, options=(), ports=tuple(ports)
    )


@given(st.sampled_from(["runai-v1", "runai-v2"]), PLAIN)
@settings(deadline=None)
def test_reading_back_gives_the_same_run(target: Target, run: Run) -> None:
    text = write(job(run), Situation(target=target)).text
    back = runai_job(text)
    assert back.run == as_read(run)
    again = write(back, Situation(target=target)).text
    assert again == text


@pytest.mark.slow
@given(st.sampled_from(["pytorch", "mpi", "tensorflow", "xgboost", "jax"]), PLAIN, PLAIN)
@settings(deadline=None)
def test_the_flags_of_a_leading_pod_are_kept(distributed: str, run: Run, leader: Run) -> None:
    spread = msgspec.structs.replace(run, distributed=distributed, workers=2, leader=leader)
    text = write(job(spread), Situation(target="runai-v2")).text
    assert unknown_flags(job(spread)) == []
    assert write(runai_job(text), Situation(target="runai-v2")).text == text


@given(st.sampled_from(["late", "early"]), runs())
@settings(deadline=None)
def test_first_version_s_flags_exist(dialect: Dialect, run: Run) -> None:
    situation = Situation(target="runai-v1", dialect=dialect)
    known = first_flags("submit", dialect).by_name
    assert [flag for flag in flags_of(write(job(run), situation).text) if flag not in known] == []


@given(st.sampled_from(["mpi", "pytorch", "tensorflow", "xgboost"]), PLAIN)
@settings(deadline=None)
def test_distributed_jobs_of_the_first_version_are_kept(distributed: str, run: Run) -> None:
    spread = msgspec.structs.replace(run, distributed=distributed, workers=3)
    text = write(job(spread), Situation(target="runai-v1")).text
    known = first_flags(distributed, "late").by_name
    assert [flag for flag in flags_of(text) if flag not in known] == []
    back = runai_job(text)
    assert back.run is not None
    assert (back.run.distributed, back.run.workers) == (distributed, 3)
    assert write(back, Situation(target="runai-v1")).text == text


@given(st.sampled_from(["", "pytorch", "mpi", "tensorflow", "xgboost", "jax"]), runs())
@settings(deadline=None)
def test_second_version_s_flags_exist(distributed: str, run: Run) -> None:
    spread = msgspec.structs.replace(run, distributed=distributed, workers=2)
    assert unknown_flags(job(spread)) == []


@given(st.sampled_from(["inference", "inference-distributed", "nim"]), runs())
@settings(deadline=None)
def test_flags_of_inference_exist(kind: str, run: Run) -> None:
    assert unknown_flags(msgspec.structs.replace(job(run), kind=kind)) == []


def unknown_flags(spec: JobSpec) -> list[str]:
    """Written flags that the subcommand written does not have."""
    translation = write(spec, Situation(target="runai-v2"))
    commands = second_catalog().commands
    name = next(name for name, spoken in commands.items() if translation.subcommand in spoken)
    known = second_flags(name).by_name
    return [flag for flag in flags_of(translation.text) if flag not in known]


def flags_of(text: str) -> list[str]:
    """Long names of the flags in front of `--`, `-e` by its own."""
    words = [word.text for word in read_script(text, file="x.sh", dialect="bash").commands[0].words]
    own = words[: words.index("--")] if "--" in words else words
    started = [own[number] for number in range(len(own)) if number and own[number - 1] != "-e"]
    return [flag.partition("=")[0].removeprefix("--") for flag in started if is_flag(flag)]


def is_flag(text: str) -> bool:
    """A word of a value may start with dashes too: those have a character no flag has."""
    return text.startswith("--") and text.partition("=")[0].strip("-").replace("-", "").isalpha()
