"""`advisor fleet report`: one site, and what it says of targets that were read, in part, or not."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import escape

from advisor import api
from tests.cli.conftest import Advisor

pytestmark = pytest.mark.slow

ASSUMED = ("--assume", "gpu-nodes=4")


class _Table(HTMLParser):
    """The cells of the table of targets, as lines of words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in, self._cell = False, False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._in = ("id", "targets") in attrs
        if self._in and tag == "tr":
            self.rows.append([])
        if self._in and tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._in and self._cell:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())


def test_every_target_has_its_line(advisor: Advisor, fleet: Path) -> None:
    code, out, said = advisor("fleet", "report", "fleet", *ASSUMED, "-o", "site")
    told = "advisor: not read, or not all: bad, hosts/gpu-9 (the site says why)\n"
    assert (code, out, said) == (3, "", f"wrote site/index.html\n{told}")
    text = (fleet.parent / "site" / "index.html").read_text()
    assert _Table(text).rows[1:] == [
        [
            "bad host, bad",
            "-",
            "not read",
            "bad.json:2:1: the file ends too early (make one with: advisor snapshot -o FILE)",
        ],
        ["gpu-9 host, hosts/gpu-9", "2026-11-25", "not read", "no route"],
        [
            "lab host, lab",
            "2026-11-17",
            "must move",
            "-",
            "3 to move 1 unknown of 5",
            "4 to move of 5",
            "7",
            "7 error 7 warning 1 info",
            "8",
        ],
        [
            "dgx cluster, clusters/dgx",
            "2026-11-18",
            "may stay",
            "3 not met 2 unknown 2 by hand 6 met",
            "of 2",
            "of 3",
            "2",
            "3 error 9 warning 11 info",
            "0 as before since 2026-11-18",
        ],
        [
            "idle host, hosts/idle",
            "2026-11-25",
            "nothing on it",
            "-",
            "of 0",
            "of 0",
            "0",
            "",
            "0",
        ],
    ]
    assert re.findall(
        r'<tr><th scope="row">(2026-\d\d-\d\d)</th><td>(\d+)</td><td>(\d+)', text
    ) == [
        ("2026-11-25", "5", "2"),
        ("2026-11-20", "3", "1"),
    ]


def test_each_links_to_its_own_report(advisor: Advisor, fleet: Path) -> None:
    advisor("fleet", "report", "fleet", *ASSUMED, "-o", "site")
    site = fleet.parent / "site"
    links = re.findall(r'href="(reports/[^"]*)"', (site / "index.html").read_text())
    assert links == ["reports/lab.html", "reports/clusters/dgx.html", "reports/hosts/idle.html"]
    alone = api.load_snapshots([str(fleet / "clusters" / "dgx" / "20261125T100000Z.json")])
    assert (site / links[1]).read_text() == api.render(api.audit(alone), "html")


def test_a_host_without_a_cluster_is_unknown_and_never_a_pass(
    advisor: Advisor, fleet: Path
) -> None:
    advisor("fleet", "report", "fleet", "-o", "site")
    text = (fleet.parent / "site" / "index.html").read_text()
    assert "Which cluster the hosts move to was not said" in text
    assert _Table(text).rows[3][2] == "unknown"


def test_hosts_are_judged_for_the_cluster_that_is_named(advisor: Advisor, fleet: Path) -> None:
    cluster = "fleet/clusters/dgx/20261125T100000Z.json"
    advisor("fleet", "report", "fleet", "--snapshot", cluster, "-o", "site")
    text = (fleet.parent / "site" / "index.html").read_text()
    row = next(row for row in _Table(text).rows if row[0].startswith("lab"))
    assert row[2] == "must move"
    assert f"Hosts are judged for {cluster}." in text
    together = api.load_snapshots([cluster, "fleet/lab.json"])
    report = (fleet.parent / "site" / "reports" / "lab.html").read_text()
    for host in together.hosts:
        assert host.name in report


@pytest.mark.slow
def test_the_same_folder_gives_the_same_bytes_on_any_number_of_cores(
    advisor: Advisor, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = []
    for cores in (1, 2):
        monkeypatch.setattr("advisor.fleet.judging.cores", lambda cores=cores: cores)
        advisor("fleet", "report", "fleet", *ASSUMED, "-o", f"site{cores}")
        folder = fleet.parent / f"site{cores}"
        sites.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.html")})
    assert sites[0] == sites[1]
    assert len(sites[0]) == 4


@pytest.mark.slow
def test_a_newer_site_takes_the_place_of_an_older_one(advisor: Advisor, fleet: Path) -> None:
    advisor("fleet", "report", "fleet", *ASSUMED, "-o", "site")
    (fleet / "lab.json").unlink()
    advisor("fleet", "report", "fleet", *ASSUMED, "-o", "site")
    site = fleet.parent / "site"
    found = sorted(str(path.relative_to(site)) for path in site.rglob("*") if path.is_file())
    pages = ["reports/clusters/dgx.html", "reports/hosts/idle.html"]
    assert found == [".advisor-fleet", "index.html", *pages]
    assert [path.name for path in fleet.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["index.html", "notes.txt"])
def test_somebody_elses_folder_stays(advisor: Advisor, fleet: Path, name: str) -> None:
    site = fleet.parent / "site"
    site.mkdir()
    (site / name).write_text("mine")
    code, _, said = advisor("fleet", "report", "fleet", "-o", "site")
    what = "this folder holds something else than a site of advisor (name a new folder)"
    assert (code, said) == (2, f"advisor: {site}: {what}\n")
    assert [path.read_text() for path in site.iterdir()] == ["mine"]


@pytest.mark.parametrize("site", [".", "..", "/"])
def test_the_folder_that_advisor_is_run_in_stays(
    advisor: Advisor, fleet: Path, monkeypatch: pytest.MonkeyPatch, site: str
) -> None:
    here = fleet.parent / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    ended = advisor("fleet", "report", "../fleet", "-o", site)
    what = "the site would take the place of the folder that advisor is run in"
    where = (here / site).resolve() if site != "/" else Path("/")
    assert ended == (2, "", f"advisor: {where}: {what} (name a new folder)\n")
    assert list(here.iterdir()) == []


def test_a_folder_without_snapshots(advisor: Advisor, folder: Path) -> None:
    (folder / "empty").mkdir()
    code, _, said = advisor("fleet", "report", "empty", "-o", "site")
    told = "advisor: {}: no snapshot is in it (make some with: advisor fleet collect)\n"
    assert (code, said) == (2, told.format(folder / "empty"))
    assert not (folder / "site").exists()


def test_the_page_runs_nothing_but_its_own(advisor: Advisor, fleet: Path) -> None:
    """A name cannot bring in markup, and the policy names the script that is there."""
    from advisor.output.html import policy

    evil = fleet / "<img src=x onerror=alert(1)>.json"
    shutil.copy(fleet / "bad.json", evil)
    advisor("fleet", "report", "fleet", "-o", "site")
    text = (fleet.parent / "site" / "index.html").read_text()
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert f'content="{escape(policy(style, script))}"' in text
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
