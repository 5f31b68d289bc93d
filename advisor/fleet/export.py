"""A fleet as Parquet files, written by DuckDB."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from advisor.errors import InputError, OutputError
from advisor.files import check_outputs
from advisor.fleet.folder import days_read, of_days, readings
from advisor.fleet.judging import Order, Part, judge_fleet
from advisor.fleet.tables import TABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COMMON = {"target": "VARCHAR", "taken": "VARCHAR"}
_SUFFIX = ".parquet"


def write_tables(
    folder: str, path: str, order: Order, *, days: int = 1, engine: str = ""
) -> tuple[tuple[str, ...], int]:
    """The tables of the newest readings of that many days; the files written, and an exit code.

    A `path` that ends in `.parquet` is one file, whose rows say in `table` whose they are; any
    other a folder with a file a table. A target that could not be read is a row of `hosts` that
    says why. InputError, OutputError, ProbeError.
    """
    # In memory, one that fetches nothing; InputError where DuckDB is not installed.
    try:
        import duckdb
    except ModuleNotFoundError:
        raise InputError(
            "the tables need duckdb, which is not installed",
            remedy="pip install 'cluster-readiness-advisor[fleet]'",
        ) from None
    database = duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    by_target = readings(folder)
    chosen = days_read(by_target, days)
    parts = [
        Part(reading=reading, tables=True)
        for target in by_target.values()
        for reading in of_days(target, chosen)
        if reading.state != "failed" or reading is target[-1]
    ]
    paths = _paths(path)
    with tempfile.TemporaryDirectory(prefix="advisor-fleet-") as spool:
        code = _spool_rows(Path(spool), order, parts, engine)
        selected = {table: _select(Path(spool), table) for table in TABLES}
        if len(paths) == 1:
            _copy(database, " UNION ALL BY NAME ".join(selected.values()), paths[0])
        else:
            for query, written in zip(selected.values(), paths, strict=True):
                only = f'SELECT * EXCLUDE ("table") FROM ({query})'  # noqa: S608 - made here
                _copy(database, only, written)
    return paths, code


def _paths(path: str) -> tuple[str, ...]:
    """The files to write; OutputError, before any work, where that is not possible."""
    paths: tuple[str, ...] = (path,)
    if not path.endswith(_SUFFIX):
        if Path(path).suffix and not Path(path).is_dir():
            what, remedy = "only Parquet is written", f"name a folder or a file {_SUFFIX}"
            raise OutputError(what, where=path, remedy=remedy)
        try:
            Path(path).mkdir(exist_ok=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise OutputError(f"cannot be made: {reason}", where=path) from None
        paths = tuple(os.path.join(path, table + _SUFFIX) for table in TABLES)
    check_outputs(paths)
    return paths


def _spool_rows(spool: Path, order: Order, parts: list[Part], engine: str) -> int:
    """All rows as lines of JSON, a file a table, so that a fleet need not fit into memory."""
    code = 0
    with ExitStack() as stack:
        files = {
            table: stack.enter_context((spool / f"{table}.json").open("wb")) for table in TABLES
        }
        for judged in judge_fleet(order, parts, engine):
            standing = judged.standing
            common = {"target": standing.reading.target, "taken": standing.taken}
            state = {"state": standing.state, "reason": standing.reason}
            machines = judged.rows.get("hosts") or [{"name": standing.name, "kind": standing.kind}]
            rows = {**judged.rows, "hosts": [row | state for row in machines]}
            for table, table_rows in rows.items():
                for row in table_rows:
                    files[table].write(msgspec.json.encode({**common, **row}) + b"\n")
            code = max(code, standing.exit_code)
    return code


def _select(spool: Path, table: str) -> str:
    kinds = {**_COMMON, **TABLES[table]}
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in kinds.items())
    options = f"format='newline_delimited', columns={{{columns}}}"
    source = f"read_json({_quoted(str(spool / table))} || '.json', {options})"
    return f"SELECT '{table}' AS \"table\", * FROM {source}"  # noqa: S608 - names of ours


def _copy(database: DuckDBPyConnection, query: str, path: str) -> None:
    """Beside the file first, so that no reader meets half of it."""
    from duckdb import Error

    part = f"{path}.{os.getpid()}.part"
    try:
        database.execute(f"COPY ({query}) TO {_quoted(part)} (FORMAT parquet, COMPRESSION zstd)")
        os.replace(part, path)
    except (Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise OutputError(f"cannot be written: {reason}", where=path) from None
    finally:
        Path(part).unlink(missing_ok=True)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
