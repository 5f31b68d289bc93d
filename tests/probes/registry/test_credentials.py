"""Logins as docker and podman keep them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from advisor.probes.docker.remote import CommandResult, SubprocessRunner
from advisor.probes.registry.credentials import Login, StoredLogins, auth_files
from tests.fakes.engines import RecordedShell


def auth(text: str) -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


def stored(folder: Path, *contents: Any, outputs: list[Any] | None = None) -> StoredLogins:
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        paths.append(path)
    return StoredLogins(tuple(paths), RecordedShell(outputs or []))


def parts(login: Login | None) -> tuple[str, str, str] | None:
    return login and (login.username, login.password, login.identity_token)


WRITTEN = {
    "r.example": ("r.example", "ann:se:cret", ("ann", "se:cret", "")),
    "a scheme": ("https://r.example", "ann:x", ("ann", "x", "")),
    "the API's version": ("https://r.example/v2/", "ann:x", ("ann", "x", "")),
    "a namespace": ("r.example/team", "ann:x", ("ann", "x", "")),
    "the repository": ("r.example/team/train", "ann:x", ("ann", "x", "")),
    "another namespace": ("r.example/tea", "ann:x", None),
    "another registry": ("r.example:5000", "ann:x", None),
    "no colon": ("r.example", "ann", None),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_written_entries(tmp_path: Path, name: str) -> None:
    key, text, found = WRITTEN[name]
    logins = stored(tmp_path, {"auths": {key: auth(text)}})
    assert parts(logins.find("r.example", "team/train")) == found


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io"])
def test_docker_hub_has_several_names(tmp_path: Path, key: str) -> None:
    logins = stored(tmp_path, {"auths": {key: auth("ann:x")}})
    assert parts(logins.find("docker.io", "library/python")) == ("ann", "x", "")


def test_the_longest_name_and_the_first_file_count(tmp_path: Path) -> None:
    first = {"auths": {"r.example": auth("host:1"), "r.example/team": auth("team:2")}}
    second = {"auths": {"r.example/team/train": auth("late:3"), "other": {"identitytoken": "t"}}}
    logins = stored(tmp_path, first, second)
    assert parts(logins.find("r.example", "team/train")) == ("team", "2", "")
    assert parts(logins.find("r.example", "x")) == ("host", "1", "")
    assert parts(logins.find("other", "x")) == ("", "", "t")


BROKEN: tuple[Any, ...] = (
    "",
    "not json",
    "[]",
    {"auths": []},
    {"auths": {"r.example": None}},
    {"auths": {"r.example": {"auth": "%%%"}}},
    {"auths": {"r.example": {"auth": "/w=="}}},
    {"auths": {"r.example": {}}},
    {"auths": None},
)


@pytest.mark.parametrize("content", BROKEN, ids=str)
def test_a_file_that_makes_no_sense_has_no_logins(tmp_path: Path, content: Any) -> None:
    assert stored(tmp_path, content).find("r.example", "x") is None


def test_a_helper_is_asked_once_for_each_registry(tmp_path: Path) -> None:
    config = {"credsStore": "desktop", "credHelpers": {"ecr.example": "ecr-login"}}
    answer = '{"ServerURL":"x","Username":"ann","Secret":"s"}'
    logins = stored(tmp_path, config, outputs=[answer, '{"Username":"<token>","Secret":"i"}'])
    runner = logins._runner
    assert isinstance(runner, RecordedShell)
    assert [parts(logins.find("docker.io", name)) for name in "ab"] == [("ann", "s", "")] * 2
    assert parts(logins.find("ecr.example", "a")) == ("", "", "i")
    assert [words[0] for words in runner.words] == [
        "docker-credential-desktop",
        "docker-credential-ecr-login",
    ]
    assert runner.scripts == ["https://index.docker.io/v1/", "ecr.example"]


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io"])
def test_docker_hubs_own_helper(tmp_path: Path, key: str) -> None:
    config = {"credsStore": "desktop", "credHelpers": {key: "hub"}}
    logins = stored(tmp_path, config, outputs=['{"Username":"ann","Secret":"s"}'])
    assert parts(logins.find("docker.io", "library/python")) == ("ann", "s", "")
    runner = logins._runner
    assert isinstance(runner, RecordedShell)
    assert (runner.words, runner.scripts) == (
        [["docker-credential-hub", "get"]],
        ["https://index.docker.io/v1/"],
    )


def test_what_podman_gave_a_helper_for_docker_hub(tmp_path: Path) -> None:
    answers = [CommandResult(1, "credentials not found", ""), '{"Username":"ann","Secret":"s"}']
    logins = stored(tmp_path, {"credHelpers": {"docker.io": "secretservice"}}, outputs=answers)
    assert parts(logins.find("docker.io", "a")) == ("ann", "s", "")
    runner = logins._runner
    assert isinstance(runner, RecordedShell)
    assert runner.scripts == ["https://index.docker.io/v1/", "docker.io"]


NO_HELP: dict[str, Any] = {
    "not found": CommandResult(1, "credentials not found in native keychain", ""),
    "too slow": CommandResult(None, "", "timed out"),
    "no JSON": CommandResult(0, "hello", ""),
    "no secret": CommandResult(0, '{"Username":"ann"}', ""),
    "not text": CommandResult(0, "\udcff", ""),
}


@pytest.mark.parametrize("name", NO_HELP)
def test_a_helper_that_does_not_help_leaves_what_is_written(tmp_path: Path, name: str) -> None:
    config = {"credsStore": "x", "auths": {"r.example": auth("ann:x")}}
    logins = stored(tmp_path, config, outputs=[NO_HELP[name]])
    assert parts(logins.find("r.example", "a")) == ("ann", "x", "")


@pytest.mark.parametrize("helper", ["../../bin/sh", "a b", "-x", "", "a;b", "a/b"])
def test_a_helper_is_a_name_and_no_path(tmp_path: Path, helper: str) -> None:
    logins = stored(tmp_path, {"credHelpers": {"r.example": helper}})
    assert logins.find("r.example", "a") is None


def test_a_real_helper_by_a_real_command(tmp_path: Path) -> None:
    helper = tmp_path / "docker-credential-lab"
    helper.write_text(
        '#!/bin/sh\nread -r server\nprintf \'{"Username":"%s","Secret":"s"}\' "$server"\n'
    )
    helper.chmod(0o755)
    config = tmp_path / "config.json"
    config.write_text('{"credsStore":"lab"}')
    runner = SubprocessRunner({"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert parts(StoredLogins((config,), runner).find("r.example", "a")) == ("r.example", "s", "")


def test_a_login_does_not_show_itself() -> None:
    login = Login("ann", "s3cr3t", "t0k3n")
    assert f"{login} {login!r} {[login]}" == "Login(...) Login(...) [Login(...)]"


def test_where_logins_are_kept() -> None:
    home = {"HOME": "/h", "XDG_RUNTIME_DIR": "/run/u"}
    assert [str(path) for path in auth_files(home)] == [
        "/h/.docker/config.json",
        "/run/u/containers/auth.json",
        "/h/.config/containers/auth.json",
    ]
    assert auth_files({**home, "DOCKER_CONFIG": "/d"})[0] == Path("/d/config.json")
    assert auth_files({**home, "REGISTRY_AUTH_FILE": "/a.json"}) == (Path("/a.json"),)
    assert auth_files({}) == ()
