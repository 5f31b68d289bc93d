"""deploy/serve.yaml: as the schemas of three releases have it, and as safe as it says."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from click.testing import CliRunner

from advisor.cli.root import root

ROOT = Path(__file__).parents[2]
DOCUMENTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((ROOT / "deploy" / "serve.yaml").read_text(encoding="utf-8"))
)


def one(kind: str) -> dict[str, Any]:
    """The only document of a kind."""
    (found,) = (document for document in DOCUMENTS if document["kind"] == kind)
    return found


def test_it_is_what_three_releases_take() -> None:
    major, minor = kubernetes_validate.latest_version().split(".")[:2]
    checked = [
        kubernetes_validate.validate(document, f"{major}.{int(minor) - back}", strict=True)
        for document in DOCUMENTS
        for back in range(3)
    ]
    assert len(checked) == 3 * len(DOCUMENTS)  # the first that is not valid raises


def test_its_account_has_the_rights_of_an_audit_and_no_others() -> None:
    role = yaml.safe_load((ROOT / "deploy" / "clusterrole.yaml").read_text(encoding="utf-8"))
    binding = one("ClusterRoleBinding")
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    account = one("ServiceAccount")["metadata"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", **account}]
    assert {document["kind"] for document in DOCUMENTS} == {
        *("Namespace", "ServiceAccount", "ClusterRoleBinding", "ConfigMap"),
        *("Deployment", "Service"),
    }


def test_names_and_ports_lead_to_each_other() -> None:
    pod = one("Deployment")["spec"]["template"]
    container = pod["spec"]["containers"][0]
    service = one("Service")["spec"]
    labels = pod["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()
    assert one("Deployment")["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert service["ports"][0]["targetPort"] == container["ports"][0]["name"]
    assert f":{container['ports'][0]['containerPort']}" in "".join(container["args"])
    assert pod["spec"]["serviceAccountName"] == one("ServiceAccount")["metadata"]["name"]
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pod["spec"]["volumes"]}
    assert pod["spec"]["volumes"][0]["configMap"]["name"] == one("ConfigMap")["metadata"]["name"]


def test_the_image_is_made_of_what_is_there() -> None:
    """Of the lock with its hashes; the parts that the wheel is built from."""
    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    copied = [
        word
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for word in line.split()[:-1]
    ]
    assert [path for path in copied if not (ROOT / path).exists()] == []
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    folders = set(setup["options"]["package_dir"].split()) & {"advisor", "rules", "reports"}
    assert folders | {"setup.cfg", "pyproject.toml"} <= set(copied)
    assert "requirements/serve.txt" in copied
    user = re.search(r"^USER (\d+):(\d+)$", text, re.MULTILINE)
    pod = one("Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert user is not None
    assert (int(user[1]), int(user[2])) == (pod["runAsUser"], pod["runAsGroup"])


def test_its_arguments_are_options_of_the_command() -> None:
    container = one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    help_text = CliRunner().invoke(root, ["serve", "--help"]).output
    for argument in container["args"][1:]:
        assert argument.partition("=")[0] in help_text
    assert container["env"][0]["name"] in help_text
