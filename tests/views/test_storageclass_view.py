"""Storage classes as rules see them."""

from __future__ import annotations

from typing import Any

from advisor.facts.source import Refusal, Source
from advisor.facts.storage import Claim, StorageClass
from advisor.findings.finding import Evidence, Gap, Subject
from advisor.placement.storage_evidence import StorageService
from advisor.rulebook.loaded import View
from advisor.views.storageclass_view import storageclass_views

NFS = StorageClass(name="nfs", provisioner="nfs.csi.k8s.io", default=True)
SERVICE = StorageService(
    name="nfs", serves="many-nodes", evidence="catalogue", links=("https://example.org/table",)
)


def claim(name: str, **changes: Any) -> Claim:
    return Claim(namespace="team", name=name, **changes)


def test_a_class_and_its_claims() -> None:
    claims = (
        claim("a", storage_class="nfs"),
        claim("b"),
        claim("c", storage_class="other"),
        claim("d", storage_class="nfs", access_modes=("ReadWriteMany",), volume_mode="Block"),
    )
    assert storageclass_views((NFS,), {"nfs": SERVICE}, claims) == (
        View(
            subject=Subject(scope="storageclass", id="storageclass:nfs", label="nfs"),
            facts={
                "name": "nfs",
                "provisioner": "nfs.csi.k8s.io",
                "default": True,
                "reclaim_policy": "Delete",
                "binding_mode": "Immediate",
                "serves": "many-nodes",
                "evidence": "catalogue",
                "detail": None,
                "condition": None,
                "claims": 3,
                "shared_block": ["team/d"],
                "overridden": False,
            },
            evidence=(
                Evidence(
                    fact="storageclass.serves",
                    value="many-nodes",
                    source="https://example.org/table",
                    strength="claimed",
                ),
            ),
        ),
    )


def test_unread_claims_leave_no_number() -> None:
    refusal = Refusal(
        resource="persistentvolumeclaims",
        verb="list",
        reason="403 Forbidden",
        facts=("cluster.claims",),
    )
    source = Source(probe="kubernetes", target="lab", status="partial", refused=(refusal,))
    (view,) = storageclass_views((NFS,), {"nfs": SERVICE}, None, sources=(source,))
    assert {"claims", "shared_block"} & view.facts.keys() == set()
    why = {
        "probe": "kubernetes",
        "reason": "list of persistentvolumeclaims failed: 403 Forbidden",
        "settle": "kubectl auth can-i list persistentvolumeclaims --all-namespaces",
    }
    assert view.gaps == (
        Gap(fact="storageclass.claims", **why),
        Gap(fact="storageclass.shared_block", **why),
    )
