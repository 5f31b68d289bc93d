"""The server as browsers and programs meet it: what it answers, refuses and survives."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import requests

from advisor import api
from advisor.jobs.translation import TARGETS, Situation
from advisor.serving.openapi import EXAMPLES
from tests.serving.served import Served, served

SECRET = "hunter2-Xk29"
COMMAND = f"docker run --gpus 1 -v /raid/x:/x -e API_TOKEN={SECRET} nvcr.io/nvidia/cuda:12.4.1 t.py"
TOKEN = "a-token-that-is-long-enough-7"
SLOW = "docker run --gpus 1 -v /raid/x:/x lab/train:3 python t.py\n" * 12_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "x.env").write_text("PLANTED=planted\n", encoding="utf-8")
    (folder / "base.yml").write_text("services: {a: {image: a/planted:1}}\n", encoding="utf-8")
    with served(folder=folder) as running:
        yield running


def _post(server: Served, path: str, **options: Any) -> requests.Response:
    return requests.post(f"{server.url}{path}", timeout=30, **options)


def _check(server: Served, **body: Any) -> requests.Response:
    return _post(server, "/api/v1/check", json=body)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


class _Page(HTMLParser):
    """The text of elements by id or class, and every address in the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.inline: list[str] = []
        self.areas: list[str] = []
        self.values: dict[str, str] = {}
        self._in: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.addresses += [known[name] or "" for name in ("href", "src", "action") if name in known]
        self.inline += [name for name in known if name == "style" or name.startswith("on")]
        if tag in ("script", "style") and "src" not in known:
            self.scripts.append(tag)
        if tag == "input" and known.get("name"):
            self.values[known["name"] or ""] = known.get("value") or ""
        self._in.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._in and self._in.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._in and self._in[-1] == "textarea":
            self.areas.append(data)


def test_the_page_asks_nobody_else_for_anything(server: Served) -> None:
    for example in EXAMPLES:
        response = requests.get(f"{server.url}/?example={example.key}", timeout=30)
        page = _Page(response.text)
        assert response.headers["content-security-policy"].startswith("default-src 'none'; ")
        assert "unsafe" not in response.headers["content-security-policy"]
        assert [one for one in page.addresses if urlsplit(one).scheme not in ("", "data")] == []
        assert (page.scripts, page.inline) == ([], [])
        assert "".join(page.areas).removeprefix("\n") == example.text
        assets = [one for one in page.addresses if one.startswith("static/")]
        assert [requests.get(f"{server.url}/{one}", timeout=30).status_code for one in assets] == [
            200,
            200,
        ]


def test_a_form_without_a_script_is_answered_with_the_whole_page(server: Served) -> None:
    text = "docker run --gpus 1 \\\r\n -v /raid/x:/x <b>&amp;\u00a0:1 t.py"
    form = {"text": text, "data:/raid/x": "filer:/vol/x", "project": "team-a", "lines": "1"}
    response = _post(server, "/", data=form)
    page = _Page(response.text)
    assert response.status_code == 200
    assert "".join(page.areas).removeprefix("\n") == text.replace("\r\n", "\n")
    assert page.values["data:/raid/x"] == "filer:/vol/x"
    assert page.values["project"] == "team-a"


def test_what_was_filled_in_is_in_the_command(server: Served) -> None:
    form = {
        "text": "docker run -v /raid/x:/x -v $PWD:/w nvcr.io/nvidia/cuda:12.4.1 t.py --n $EPOCHS",
        "data:/raid/x": "filer:/vol/x",
        "data:$PWD": "home-ada",
        "set:EPOCHS": "90",
        "project": "team-a",
    }
    text = re.sub(r"<[^>]+>", "", _post(server, "/answer", data=form).text)
    for written in (
        "--nfs path=/vol/x,server=filer,mountpath=/x",
        "--existing-pvc claimname=home-ada,path=/w",
        "t.py --n 90",
        "--project team-a",
    ):
        assert written in text


def test_a_field_that_cannot_be_used_is_said_beside_it(server: Served) -> None:
    form = {"text": COMMAND, "data:/raid/x": "Not A Claim", "registry": "https://reg"}
    text = _post(server, "/answer", data=form).text
    assert text.count('aria-invalid="true"') == 2
    assert "is no name of a claim" in text
    assert "is no registry" in text


def test_a_secret_is_in_no_answer_but_the_own_text(server: Served) -> None:
    answer = _post(server, "/answer", data={"text": COMMAND}).text
    own = re.sub(r'<figure class="source">.*?</figure>', "", answer, flags=re.DOTALL)
    assert "data-secret" in answer
    assert SECRET in answer
    assert SECRET not in own
    assert SECRET not in _check(server, text=COMMAND).text


def test_the_api_gives_what_the_command_line_writes(server: Served) -> None:
    """Byte for byte the JSON of a check, and as its published schema has it."""
    body = {"text": COMMAND, "set": {"A": "b"}, "nfs": ["filer:/vol/x=/raid/x"], "lines": True}
    response = _check(server, **body)
    from advisor.writers.options import parse_export

    given = Situation(
        target="runai-v2",
        values={"A": "b"},
        exports=(parse_export("filer:/vol/x=/raid/x"),),
        lines=True,
    )
    report = api.text_checker(api.demo_snapshot()).check(COMMAND, TARGETS, given)
    assert response.text == api.render_check(report, "json")
    schema = json.loads(Path("reports/schema/check.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(response.json(), schema)


def test_only_the_targets_that_were_asked_for(server: Served) -> None:
    found = _check(server, text="docker run a/b:1", targets=["kubernetes"]).json()
    assert [one["target"] for one in found["jobs"][0]["translations"]] == ["kubernetes"]


REFUSED = {
    "container": ({"text": "", "container": "web"}, 400),
    "docker_host": ({"text": "", "docker_host": "ssh://x"}, 400),
    "snapshot": ({"text": "", "snapshot": "/etc/passwd"}, 400),
    "file": ({"file": "/etc/passwd"}, 400),
    "env_file": ({"text": "", "env_file": ["/etc/passwd"]}, 400),
    "rules": ({"text": "", "rules": ["/tmp"]}, 400),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_on_the_server_is_refused_and_said(server: Served, name: str) -> None:
    body, status = REFUSED[name]
    response = _check(server, **body)
    assert response.status_code == status
    assert response.json()["error"].startswith(f"`{name}` is refused (")


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  a:\n    image: a/b:1\n    env_file: x.env\n",
        "include: [base.yml]\nservices:\n  b:\n    image: a/b:1\n",
        "services:\n  b:\n    extends: {file: base.yml, service: a}\n",
        "docker run --env-file x.env a/b:1",
        "docker run --env-file /proc/self/environ a/b:1",
        "docker run --label-file x.env a/b:1",
        "x.env",
        "base.yml",
    ],
)
def test_no_file_beside_the_server_is_read(server: Served, text: str) -> None:
    response = _check(server, text=text)
    assert response.status_code == 200
    assert "planted" not in response.text.lower()
    assert "PATH=" not in response.text


def test_bodies_that_cannot_be_used(server: Served) -> None:
    url = f"{server.url}/api/v1/check"
    typed = {"content-type": "application/json"}
    statuses = [
        requests.post(url, data=body, headers=headers, timeout=30).status_code
        for body, headers in (
            ("{", typed),
            ("[]", typed),
            ('{"text": 1}', typed),
            ('{"text": "\\ud800"}', typed),
            (b'{"text": "\xff"}', typed),
            ('{"text": "", "set": {"a b": "c"}}', typed),
            ('{"text": "", "unknown": 1}', typed),
            ('{"text": ""}', {"content-type": "text/plain"}),
        )
    ]
    assert statuses == [400, 400, 400, 400, 400, 400, 400, 415]
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert (
        requests.post(f"{server.url}/", data=b"text=%ff", headers=form, timeout=30).status_code
        == 400
    )
    many = "&".join(f"a{n}=b" for n in range(2000))
    assert requests.post(f"{server.url}/", data=many, headers=form, timeout=30).status_code == 400


def test_a_mebibyte_is_the_most(server: Served) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(17):
            yield b"#" * 65_536

    largest = "#" * (2**20 - len('{"text": ""}'))
    typed = {"content-type": "application/json"}
    body = f'{{"text": "{largest}"}}'
    assert _post(server, "/api/v1/check", data=body, headers=typed).status_code in (200, 422)
    assert _check(server, text=f"{largest}#").status_code == 413
    assert _post(server, "/answer", data=parts()).status_code == 413


def test_addresses_that_are_not_there(server: Served) -> None:
    found = [
        requests.request(method, f"{server.url}{path}", timeout=30).status_code
        for method, path in (
            ("GET", "/nothing"),
            ("GET", "/answer"),
            ("GET", "/static/../../etc/passwd"),
            ("GET", "/static/%2e%2e/serve.py"),
            ("DELETE", "/"),
            ("GET", "/api/v1/check"),
        )
    ]
    assert found == [404, 405, 404, 404, 405, 405]


def test_a_name_that_is_not_the_servers_own_is_not_answered(server: Served) -> None:
    """A page elsewhere can have its own name point to this machine."""
    statuses = {
        name: requests.get(server.url, headers={"host": name}, timeout=30).status_code
        for name in (
            "localhost:1",
            "127.0.0.1",
            "[::1]:80",
            "evil.example",
            "127.0.0.1.evil.example",
        )
    }
    assert list(statuses.values()) == [200, 200, 200, 421, 421]


def test_the_report_and_the_plan_are_pages(server: Served) -> None:
    report = requests.get(f"{server.url}/report", timeout=30)
    page = requests.get(server.url, timeout=30)
    assert report.text == api.render(api.audit(api.demo_snapshot()), "html")
    assert [one for one in _Page(page.text).addresses if one.startswith("report")] == [
        "report",
        "report#plan",
    ]
    assert 'id="plan"' in report.text
    assert "frame-ancestors" in report.headers["content-security-policy"]


def test_a_slow_text_is_given_up_and_hurts_no_other(server: Served) -> None:
    """Its process is killed and replaced; meanwhile others are answered."""
    slow: list[tuple[int, float]] = []

    def ask() -> None:
        began = time.monotonic()
        status = _post(server, "/answer", data={"text": SLOW}).status_code
        slow.append((status, time.monotonic() - began))

    thread = threading.Thread(target=ask)
    thread.start()
    quick = []
    while thread.is_alive():
        quick.append(_check(server, text="docker run a/b:1").status_code)
    assert slow[0][0] == 422
    assert slow[0][1] < 20
    assert set(quick) == {200}
    _until(lambda: requests.get(f"{server.url}/healthz", timeout=30).json()["workers"] >= 2)
    assert requests.get(f"{server.url}/healthz", timeout=30).json()["status"] == "ok"
    assert _check(server, text="docker run a/b:1").status_code == 200


@pytest.mark.slow
def test_nothing_of_what_was_sent_is_in_the_log(server: Served) -> None:
    marker = "Zebra77"
    _check(server, text=f"docker run {marker}/x:1")
    _post(server, "/answer", data={"text": f"docker run '{marker}"})
    _post(server, f"/answer?{marker}", data={marker: marker})
    requests.get(f"{server.url}/{marker}?{marker}", headers={"x": marker}, timeout=30)
    _check(server, **{"text": "", marker: 1})
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.request(marker.upper(), f"/{marker}")
    connection.getresponse().read()
    connection.close()
    _until(lambda: "POST /answer 200" in server.log and "GET - 404" in server.log)
    assert marker.lower() not in server.log.lower()


@pytest.mark.slow
def test_a_server_with_a_token_answers_nobody_else() -> None:
    with served("--workers", "1", token=TOKEN) as running:
        url = running.url
        get = lambda path, **more: requests.get(f"{url}{path}", timeout=30, **more)  # noqa: E731
        bearer = {"authorization": f"Bearer {TOKEN}"}
        body = {"text": "docker run a/b:1"}
        refused = {
            "page": get("/").status_code,
            "report": get("/report").status_code,
            "form": _post(running, "/", data=body).status_code,
            "fragment": _post(running, "/answer", data=body).status_code,
            "api": _check(running, **body).status_code,
            "wrong": _post(
                running, "/api/v1/check", json=body, headers={"authorization": "Bearer x"}
            ).status_code,
            "in the address": get(f"/?token={TOKEN}").status_code,
            "cookie": get("/", cookies={"advisor": TOKEN}).status_code,
        }
        assert set(refused.values()) == {401}, refused
        assert get("/healthz").status_code == 200
        assert _post(running, "/api/v1/check", json=body, headers=bearer).status_code == 200
        assert _post(running, "/login", data={"token": "wrong"}).status_code == 403
        session = requests.Session()
        entered = session.post(
            f"{url}/login", data={"token": TOKEN}, timeout=30, allow_redirects=False
        )
        assert (entered.status_code, entered.headers["location"]) == (303, "./")
        assert "HttpOnly" in entered.headers["set-cookie"]
        assert "samesite=strict" in entered.headers["set-cookie"].lower()
        assert TOKEN not in entered.headers["set-cookie"]
        assert session.get(url, timeout=30).status_code == 200
        session.post(f"{url}/logout", timeout=30)
        assert session.get(url, timeout=30).status_code == 401
        assert TOKEN not in running.log
