"""`advisor fleet export`: its tables, and the questions of the guide asked in DuckDB."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from advisor import __version__
from advisor.configuration.settings import Settings, parse_assumption
from advisor.fleet.export import write_tables
from advisor.fleet.judging import Order
from advisor.fleet.tables import TABLES
from tests.cli.conftest import Advisor
from tests.fleet.conftest import make_fleet
from tests.fleet.test_report import ASSUMED

pytestmark = pytest.mark.slow

GUIDE = Path(__file__).parent.parent.parent / "docs" / "guides" / "fleet.md"
QUESTIONS = dict(
    re.findall(r"^(\S[^\n]*\?)\n\n```sql\n(.*?)```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
)
ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "What was not read, and why?": [
        (
            "bad",
            "bad",
            "failed",
            "bad.json:2:1: the file ends too early (make one with: advisor snapshot -o FILE)",
        ),
        ("hosts/gpu-9", "gpu-9", "failed", "no route"),
    ],
    "How much is to be done?": [
        ("data", "move", 4),
        ("data", "ok", 2),
        ("data", "stay", 3),
        ("image", "move", 4),
        ("image", "ok", 3),
        ("image", "stay", 1),
        ("image", "unknown", 1),
    ],
    "Which targets have most to move?": [("lab", 7, 1116691496960)],
    "Who is to be asked, and about how much?": [("omar", 2), ("ines", 1), ("ruth", 1)],
    "Which images are on more than one machine, and have to be pushed once?": [
        ("fold:2.3", ["gpu-a", "gpu-b"])
    ],
    "What are the largest places of data that must move?": [
        ("lab", "/data/cells", 1099511627776, False),
        ("lab", "/scratch/fold", 1073741824, True),
        ("lab", "/data/m", None, False),
        ("lab", "/scratch/micrographs", None, False),
    ],
    "How many GPUs do jobs ask for, and how many of them say no number?": [
        ("clusters/dgx", 9, 0),
        ("lab", 12, 0),
    ],
    "Which rules find most?": [
        ("IMG010", "warning", 5, 2),
        ("DAT006", "error", 4, 1),
        ("DAT004", "info", 3, 1),
        ("IMG006", "error", 3, 1),
        ("DAT019", "warning", 2, 1),
        ("IMG017", "info", 2, 1),
        ("DAT011", "warning", 1, 1),
        ("DAT013", "warning", 1, 1),
        ("DAT018", "warning", 1, 1),
        ("DAT020", "info", 1, 1),
    ],
    "What could not be decided, and by which rule?": [
        ("lab", "image", "omar/tools:latest", "IMG003")
    ],
    "Which Docker hosts have GPUs and run nothing?": [("idle", 4)],
}


def _asked(query: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(query).fetchall()


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fleet's, in a folder of that name."""
    folder = tmp_path_factory.mktemp("export")
    assumption = parse_assumption("gpu-nodes=4")
    settings = Settings(assume=assumption)
    order = Order(advisor=__version__, folder=str(make_fleet(folder)), settings=settings)
    write_tables(order.folder, str(folder / "tables"), order)
    return folder


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_questions_of_the_guide(
    tables: Path, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tables)
    assert _asked(QUESTIONS[question]) == ANSWERS[question]


def test_the_guide_has_ten_questions() -> None:
    assert QUESTIONS.keys() == ANSWERS.keys()
    assert len(QUESTIONS) == 10


def test_one_file_holds_the_same_rows(advisor: Advisor, fleet: Path) -> None:
    for path in ("tables", "fleet.parquet"):
        code, _, _ = advisor("fleet", "export", "fleet", *ASSUMED, "-o", path)
        assert code == 3
    for table, columns in TABLES.items():
        names = ", ".join(("target", "taken", *columns))
        one = _asked(
            f"SELECT {names} FROM 'fleet.parquet' WHERE \"table\" = '{table}' ORDER BY ALL"
        )
        assert one == _asked(f"SELECT * FROM 'tables/{table}.parquet' ORDER BY ALL")
        assert one != []
    assert sorted(path.name for path in Path().iterdir() if path.name.endswith(".part")) == []


def test_more_days_give_more_readings(advisor: Advisor, fleet: Path) -> None:
    (fleet / "lab.json").unlink()
    taken = []
    for days in ("1", "2"):
        advisor("fleet", "export", "fleet", "--days", days, "-o", "tables")
        taken.append(
            dict(_asked("SELECT target, count(*) FROM 'tables/hosts.parquet' GROUP BY target"))
        )
    once = {"bad": 1, "clusters/dgx": 2, "hosts/gpu-9": 1, "hosts/idle": 1}
    assert taken == [once, {**once, "clusters/dgx": 4}]


def test_what_the_guide_says_of_the_columns() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", GUIDE.read_text(), re.MULTILINE)
    said = {table: columns.strip().split(", ") for table, columns in rows}
    said["data"] = [*said["images"], *(name.removeprefix("and ") for name in said["data"][1:])]
    assert said == {table: list(columns) for table, columns in TABLES.items()}


def test_a_path_that_cannot_be_written_is_told_first(advisor: Advisor, fleet: Path) -> None:
    code, _, said = advisor("fleet", "export", "fleet", "-o", "nowhere/fleet.parquet")
    told = "there is no folder nowhere (make the folder first)"
    assert (code, said) == (2, f"advisor: nowhere/fleet.parquet: {told}\n")


def test_no_folder_is_made_for_another_kind_of_file(advisor: Advisor, fleet: Path) -> None:
    ended = advisor("fleet", "export", "fleet", "-o", "x.csv")
    told = "x.csv: only Parquet is written (name a folder or a file .parquet)"
    assert ended == (2, "", f"advisor: {told}\n")
    assert not (fleet.parent / "x.csv").exists()
