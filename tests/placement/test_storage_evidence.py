"""Which evidence decides what a storage class or a volume can do."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.catalogs import load_catalog
from advisor.catalogs.storage import StorageCatalog, look_up
from advisor.configuration.settings import Settings, StorageOverride
from advisor.facts.cluster import Cluster
from advisor.facts.storage import PersistentVolume, StorageClass, StorageProfile
from advisor.facts.workload import PodTemplate, PodVolume, Workload
from advisor.placement.storage_evidence import (
    StorageEvidence,
    StorageService,
    claims_in_use,
    class_service,
    running_nodes,
    storage_evidence,
    volume_service,
)

CATALOG = load_catalog("storage_provisioners", StorageCatalog)

EVEREST = "csi.storage.k8s.io/csi-driver-name"
CATALOGUED: list[tuple[str, dict[str, str], str]] = [
    ("nfs.csi.k8s.io", {}, "many-nodes"),
    ("rook-ceph.cephfs.csi.ceph.com", {}, "many-nodes"),
    ("openshift-storage.rbd.csi.ceph.com", {}, "one-node"),
    ("cluster.local/team-nfs-subdir-external-provisioner", {}, "many-nodes"),
    ("efs.csi.aws.com", {}, "many-nodes"),
    ("fsx.csi.aws.com", {}, "many-nodes"),
    ("csi.trident.netapp.io", {}, "depends"),
    ("csi.trident.netapp.io", {"backendType": "ontap-nas-economy"}, "many-nodes"),
    ("csi.trident.netapp.io", {"backendType": "ontap-san"}, "one-node"),
    ("csi.vsphere.vmware.com", {}, "depends"),
    ("csi.vsphere.vmware.com", {"csi.storage.k8s.io/fstype": "nfs4"}, "many-nodes"),
    ("csi.vsphere.vmware.com", {"csi.storage.k8s.io/fstype": "ext4"}, "one-node"),
    ("infinibox-csi-driver", {"storage_protocol": "nfs_treeq"}, "many-nodes"),
    ("infinibox-csi-driver", {"storage_protocol": "fc"}, "one-node"),
    ("infinibox-csi-driver", {}, "depends"),
    ("pxd.portworx.com", {}, "depends"),
    ("pxd.portworx.com", {"sharedv4": "true"}, "many-nodes"),
    ("pxd.portworx.com", {"backend": "pure_block"}, "one-node"),
    ("csi-unity.dellemc.com", {"protocol": "NFS"}, "many-nodes"),
    ("csi-powermax.dellemc.com", {"csi.storage.k8s.io/fstype": "xfs"}, "one-node"),
    ("driver.longhorn.io", {}, "depends"),
    ("driver.longhorn.io", {"nfsOptions": "vers=4.2"}, "depends"),
    ("ebs.csi.aws.com", {}, "one-node"),
    ("rancher.io/local-path", {}, "node-local"),
    ("rancher.io/local-path", {"sharedFileSystemPath": "/shared"}, "depends"),
    ("topolvm.io", {}, "node-local"),
    ("csi.trident.netapp.io", {"protocol": "file"}, "many-nodes"),
    ("csi.trident.netapp.io", {"protocol": "block"}, "one-node"),
    ("csi.vsphere.vmware.com", {"type": "vSphere CNS File Volume"}, "many-nodes"),
    ("csi.vsphere.vmware.com", {"type": "vSphere CNS Block Volume"}, "one-node"),
    ("csi-powerstore.dellemc.com", {"volumeHandle": "a1/192.0.2.1/nfs"}, "many-nodes"),
    ("csi-powerstore.dellemc.com", {"volumeHandle": "a1/192.0.2.1/scsi"}, "one-node"),
    ("csi.hpe.com", {"accessProtocol": "nfs"}, "many-nodes"),
    ("csi.hpe.com", {"accessProtocol": "iscsi"}, "one-node"),
    ("csi.nutanix.com", {"storageType": "NutanixFiles"}, "many-nodes"),
    ("csi.nutanix.com", {"storageType": "NutanixVolumes"}, "one-node"),
    ("org.democratic-csi.nfs", {}, "many-nodes"),
    ("org.democratic-csi.iscsi-synology", {}, "one-node"),
    ("org.democratic-csi.truenas-iscsi", {}, "one-node"),
    ("org.democratic-csi.freenas-nfs", {}, "many-nodes"),
    ("csi.truenas.io", {"protocol": "nfs"}, "many-nodes"),
    ("csi.vastdata.com", {}, "many-nodes"),
    ("block.csi.vastdata.com", {}, "one-node"),
    ("filex.csi.hpe.com", {}, "many-nodes"),
    ("io.openebs.csi-mayastor", {}, "one-node"),
    ("rawfile.csi.openebs.io", {}, "node-local"),
    ("csi.quobyte.com", {}, "many-nodes"),
    ("kubevirt.io.hostpath-provisioner", {}, "node-local"),
    ("kubevirt.io.hostpath-provisioner", {"overlay": "true"}, "depends"),
    ("driver.longhorn.io", {"dataLocality": "strict-local"}, "node-local"),
    ("linstor.csi.linbit.com", {}, "one-node"),
    ("linstor.csi.linbit.com", {"allowRemoteVolumeAccess": "false"}, "node-local"),
    ("everest-csi-provisioner", {EVEREST: "disk.csi.everest.io"}, "one-node"),
    ("everest-csi-provisioner", {EVEREST: "sfsturbo.csi.everest.io"}, "many-nodes"),
    ("everest-csi-provisioner", {}, "unknown"),
    ("reference-data.mounted-fs-path.csi.nebius.ai", {}, "many-nodes"),
    ("localdisk.csi.acstor.io", {}, "node-local"),
    ("containerstorage.csi.azure.com", {}, "depends"),
    ("driver.harvesterhci.io", {}, "depends"),
    ("lvm.driver.harvesterhci.io", {}, "node-local"),
    ("rook-ceph.nvmeof.csi.ceph.com", {}, "one-node"),
    ("fuseim.pri/ifs", {}, "many-nodes"),
    ("kadalu", {"storage_name": "pool"}, "many-nodes"),
    ("co.p4t.csi.sshfs", {}, "many-nodes"),
    ("curve.csi.netease.com", {}, "one-node"),
]
# The list of the CSI project (kubernetes-csi.github.io/docs/drivers.html) by its column of access
# modes, with a made-up word for `[X]` in a name.
SINGLE = """
    arstor.csi.huayun.io block.csi.red.ddn.com block.csi.vultr.com
    blockvolume.csi.oraclecloud.com cinder.csi.openstack.org com.open-e.joviandss.csi
    com.tencent.cloud.csi.cbs csi-exos-x.seagate.com csi-infiblock-plugin csi-instorage
    csi-macrosan csi-powermax.dellemc.com csi-powerstore.dellemc.com csi-soda-plugin
    csi-unity.dellemc.com csi-vxflexos.dellemc.com csi.block.bigtera.com csi.block.ctdi.com
    csi.block.xsky.com csi.cloudscale.ch csi.exoscale.com csi.hetzner.cloud
    csi.lightbitslabs.com csi.opennebula.io csi.ovirt.org csi.proxmox.sinextra.dev
    csi.scaleway.com csi.spdk.io csi.vda.io cstor.csi.openebs.io dcx.csi.diamanti.com
    disk.csi.azure.com disk.csi.qingcloud.com disk.hwameistor.io diskplugin.csi.alibabacloud.com
    dobs.csi.digitalocean.com dothill.csi.enix.io driver.longhorn.io dsp.csi.daterainc.io
    ebs.csi.aws.com eds.csi.block.sangfor.com hspc.csi.hitachi.com ionir
    iscsi.csi.ngxstorage.com jdcsp-block.csi.jdcloud.com kumoscale.kioxia.com
    linodebs.csi.linode.com linstor.csi.linbit.com local.csi.alibaba.com lvm.hwameistor.io
    org.gluster.glustervirtblock pd.csi.storage.gke.io pmem-csi.intel.com rbd.csi.ceph.com
    topolvm.cybozu.com topolvm.io volume.csi.bizflycloud.vn vpc.block.csi.ibm.io x.ember-csi.io
    yandex.csi.flant.com
"""
"""For one pod or node; `depends` on what is asked for is right too."""
MANY = """
    HX-CSI beegfs.csi.netapp.com blob.csi.azure.com btrfs-nfs-csi ceastor.csi.com
    cephfs.csi.ceph.com com.google.csi.filestore com.hammerspace.csi com.mapr.csi-kdf
    com.tencent.cloud.csi.cfs com.tencent.cloud.csi.cosfs com.tuxera.csi.moosefs
    com.vdura.csi.panfs csi-driver.storpool.com csi-infifs-plugin csi-isilon.dellemc.com
    csi-sandstone-plugin csi-smtx-plugin csi.alluxio.com csi.chubaofs.com csi.cio.storidge.com
    csi.cubefs.com csi.fs.bigtera.com csi.fs.xsky.com csi.hpe.com csi.huawei.com csi.juicefs.com
    csi.nutanix.com csi.san.synology.com csi.simplyblock.io csi.trident.netapp.io
    csi.vastdata.com csi.vsphere.vmware.com csi.weka.io csi.zadara.com eds.csi.file.sangfor.com
    efs.csi.aws.com exa.csi.ddn.com file.csi.azure.com filestore.csi.storage.gke.io
    filex.csi.hpe.com flexblock.csi.kaixiangtech.com fss.csi.oraclecloud.com fsx.csi.aws.com
    gcs.csi.ofek.dev gcsfuse.csi.storage.gke.io infinibox-csi-driver
    intelliflash-csi-file-driver.intelliflash.com io.hedvig.csi jdcsp-file.csi.jdcloud.com
    kodoplugin.storage.qiniu.com lustre-csi.hpe.com manila.csi.openstack.org
    nasplugin.csi.alibabacloud.com neonsan.csi.qingstor.com nexentastor-csi-driver.nexenta.com
    nfs.csi.k8s.io nvmesh-csi.excelero.com org.democratic-csi.nfs org.gluster.glusterfs
    org.kadalu.gluster org.veritas.infoscale ossplugin.csi.alibabacloud.com pure-csi
    pxd.portworx.com quobyte-csi rclone.csi.veloxpack.io robin s3.csi.aws.com s3.csi.scality.com
    seaweedfs-csi-driver smb.csi.k8s.io spectrumscale.csi.ibm.com storageos
"""
"""For several pods."""
RAW_BLOCK = """
    block.csi.ibm.com eu.zetanova.csi.hyperv intelliflash-csi-block-driver.intelliflash.com
    nexentastor-block-csi-driver.nexenta.com
"""
"""For several pods too, but as raw devices: files are for one node."""
FOR_A_POD = """
    csi.cert-manager.io secrets-store.csi.k8s.io secrets.csi.kubevault.com
    spiffe.csi.cert-manager.io
"""
"""Secrets and certificates: nobody's data."""
OUTSIDE_EITHER_WAY = (
    "driver.longhorn.io",
    "csi.trident.netapp.io",
    "csi.vsphere.vmware.com",
    "pxd.portworx.com",
    "csi-powerstore.dellemc.com",
    "csi.huawei.com",
    "csi.hpe.com",
    "driver.harvesterhci.io",
    "csi.truenas.io",
)


@pytest.mark.parametrize("provisioner", OUTSIDE_EITHER_WAY)
def test_only_sharing_is_open_where_every_branch_is_outside(provisioner: str) -> None:
    answer = look_up(CATALOG, provisioner, {})
    assert answer is not None
    assert (answer.serves, answer.outside) == ("depends", True)


def test_a_path_that_may_not_be_shared_is_not_outside() -> None:
    answer = look_up(CATALOG, "rancher.io/local-path", {"sharedFileSystemPath": "/shared"})
    assert answer is not None
    assert (answer.serves, answer.outside) == ("depends", False)


def test_every_source_has_an_address_and_every_address_is_used() -> None:
    used = {source for entry in CATALOG.provisioners for source in entry.sources}
    assert used == set(CATALOG.sources)


def test_no_name_stands_in_two_rows() -> None:
    names = [name for entry in CATALOG.provisioners for name in entry.match]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("provisioner", "parameters", "serves"), CATALOGUED)
def test_catalogue(provisioner: str, parameters: dict[str, str], serves: str) -> None:
    answer = look_up(CATALOG, provisioner, parameters)
    assert answer is not None
    assert answer.serves == serves
    assert answer.links
    assert bool(answer.condition) == (serves in ("depends", "unknown"))


@pytest.mark.parametrize(
    ("names", "right"),
    [
        (SINGLE, {"one-node", "node-local", "depends"}),
        (MANY, {"many-nodes", "depends"}),
        (RAW_BLOCK, {"one-node"}),
    ],
)
def test_the_whole_list_of_the_csi_project_is_there(names: str, right: set[str]) -> None:
    found = {name: look_up(CATALOG, name, {}) for name in names.split()}
    wrong = {
        name: answer and answer.serves
        for name, answer in found.items()
        if answer is None or answer.serves not in right or not answer.links
    }
    assert wrong == {}


def test_drivers_for_one_pod_are_no_storage() -> None:
    assert set(FOR_A_POD.split()) <= set(CATALOG.pod_drivers)
    assert {look_up(CATALOG, name, {}) for name in FOR_A_POD.split()} == {None}


def test_names_are_matched_whole() -> None:
    listed = {name for name in f"{SINGLE}{MANY}{RAW_BLOCK}".split() if "democratic" not in name}
    found = {name for name in listed if look_up(CATALOG, f"{name}x", {}) is not None}
    assert found == set()


def test_a_name_that_only_looks_alike_is_not_in_the_catalogue() -> None:
    assert look_up(CATALOG, "notnfs.csi.k8s.io", {}) is None


def storage_class(provisioner: str = "lab.example.com", **parameters: str) -> StorageClass:
    return StorageClass(name="lab", provisioner=provisioner, parameters=parameters)


def volume(name: str = "pv-1", kind: str = "csi", **changes: Any) -> PersistentVolume:
    fields: dict[str, Any] = {
        "driver": "lab.example.com" if kind == "csi" else "",
        "access_modes": ("ReadWriteMany",),
        "storage_class": "lab",
        "phase": "Bound",
        "claim_namespace": "team",
        "claim_name": "data",
        **changes,
    }
    return PersistentVolume(name=name, source_kind=kind, **fields)


def workload(claim: str = "data", kind: str = "Deployment", **changes: Any) -> Workload:
    fields: dict[str, Any] = {
        "phases": {"Running": 2},
        "nodes": {"gpu-1": 1, "gpu-2": 1},
        **changes,
    }
    mounted = PodVolume(name="v", kind="persistentVolumeClaim", source=claim)
    return Workload(
        namespace="team", kind=kind, name="web", template=PodTemplate(volumes=(mounted,)), **fields
    )


def evidence(
    *volumes: PersistentVolume,
    workloads: tuple[Workload, ...] = (),
    profile: tuple[tuple[str, str], ...] | None = None,
    settings: Settings | None = None,
) -> StorageEvidence:
    profiles = () if profile is None else (profile,)
    cluster = Cluster(
        context="c",
        persistent_volumes=volumes,
        workloads=workloads,
        storage_profiles=tuple(
            StorageProfile(storage_class="lab", claim_properties=pairs) for pairs in profiles
        ),
    )
    return storage_evidence(cluster, CATALOG, settings or Settings())


SEEN = StorageService(
    name="lab",
    serves="many-nodes",
    evidence="volume in use on two nodes",
    detail="pv-1 on gpu-1 and gpu-2",
)
UNKNOWN = StorageService(
    name="lab",
    serves="unknown",
    evidence="nothing",
    condition="the catalogue does not know lab.example.com",
)

USE: dict[str, tuple[PersistentVolume, Workload, StorageService]] = {
    "running on two nodes": (volume(), workload(), SEEN),
    "two pods on one node prove nothing": (volume(), workload(nodes={"gpu-1": 2}), UNKNOWN),
    "the second pod may wait for the mount": (
        volume(),
        workload(phases={"Running": 1, "Pending": 1}),
        UNKNOWN,
    ),
    "pods that ended may have come one after another": (
        volume(),
        workload(phases={"Succeeded": 2}),
        UNKNOWN,
    ),
    "a raw device holds no files": (volume(volume_mode="Block"), workload(), UNKNOWN),
    "mounted by one writer at a time": (
        volume(access_modes=("ReadWriteOnce",)),
        workload(),
        UNKNOWN,
    ),
    "not bound": (volume(phase="Released"), workload(), UNKNOWN),
    "the same hostPath on two nodes is two directories": (
        volume(kind="hostPath", source="/data"),
        workload(),
        UNKNOWN,
    ),
    "another claim": (volume(), workload("other"), UNKNOWN),
    "claims a StatefulSet makes for each pod": (
        volume(claim_name="data-web-0"),
        workload("data-web-0", kind="StatefulSet", origin="pod"),
        UNKNOWN,
    ),
    "a claim that a StatefulSet shares": (volume(), workload(kind="StatefulSet"), SEEN),
}


@pytest.mark.parametrize("case", USE)
def test_use_on_two_nodes(case: str) -> None:
    persistent_volume, user, expected = USE[case]
    found = evidence(persistent_volume, workloads=(user,))
    assert class_service(storage_class(), found) == expected


def test_running_nodes_are_a_lower_bound() -> None:
    assert running_nodes(
        workload(nodes={"a": 3, "b": 2, "c": 1}, phases={"Running": 5, "Pending": 1})
    ) == frozenset({"a", "b"})


def test_nodes_of_several_workloads_add_up() -> None:
    first = workload(nodes={"a": 1}, phases={"Running": 1})
    second = workload(nodes={"b": 1}, phases={"Running": 1}, kind="Job")
    assert claims_in_use((first, second)) == {("team", "data"): frozenset({"a", "b"})}


def test_the_users_word_comes_first_and_is_marked() -> None:
    settings = Settings(
        storage_classes={"lab": StorageOverride(serves="node-local", reason="asked the admin")}
    )
    found = evidence(volume(), workloads=(workload(),), settings=settings)
    expected = StorageService(
        name="lab",
        serves="node-local",
        evidence="configuration",
        detail="asked the admin",
        overridden=True,
    )
    assert class_service(storage_class(), found) == expected


def test_a_provisioner_can_be_overridden_too() -> None:
    settings = Settings(provisioners={"*.example.com": StorageOverride(serves="many-nodes")})
    assert class_service(storage_class(), evidence(settings=settings)) == StorageService(
        name="lab", serves="many-nodes", evidence="configuration", overridden=True
    )


@pytest.mark.parametrize("pattern", ["lab.other.com", "*.other.com", "*"])
def test_a_word_on_other_provisioners_says_nothing(pattern: str) -> None:
    """Nor does one on all of them say anything of a volume that none has made."""
    settings = Settings(provisioners={pattern: StorageOverride(serves="many-nodes")})
    one = volume(driver="" if pattern == "*" else "lab.example.com")
    answer = volume_service(one, evidence(one, settings=settings))
    assert (answer.serves, answer.overridden) == ("unknown", False)


def test_a_storage_profile_outweighs_the_catalogue() -> None:
    found = evidence(profile=(("ReadWriteMany", "Filesystem"),))
    assert class_service(storage_class("driver.longhorn.io"), found) == StorageService(
        name="lab", serves="many-nodes", evidence="StorageProfile"
    )


def test_a_profile_without_shared_files_contradicts_the_catalogue() -> None:
    found = evidence(profile=(("ReadWriteOnce", "Filesystem"), ("ReadWriteMany", "Block")))
    answer = class_service(storage_class("nfs.csi.k8s.io"), found)
    assert (answer.serves, answer.evidence, answer.outside) == ("depends", "StorageProfile", True)


def test_what_was_seen_comes_before_a_profile() -> None:
    without_shared_files = (("ReadWriteOnce", "Filesystem"),)
    found = evidence(volume(), workloads=(workload(),), profile=without_shared_files)
    for provisioner in ("lab.example.com", "nfs.csi.k8s.io", "rancher.io/local-path"):
        assert class_service(storage_class(provisioner), found) == SEEN


def test_an_empty_profile_says_nothing() -> None:
    assert class_service(storage_class(), evidence(profile=())) == UNKNOWN


MANUAL = storage_class("kubernetes.io/no-provisioner")
BY_VOLUMES: dict[str, tuple[tuple[PersistentVolume, ...], StorageService]] = {
    "local": (
        (volume(kind="local", source="/mnt/a"),),
        StorageService(name="lab", serves="node-local", evidence="its volumes"),
    ),
    "nfs": (
        (volume(kind="nfs", source="filer:/a"), volume("pv-2", "nfs", source="filer:/b")),
        StorageService(name="lab", serves="many-nodes", evidence="its volumes"),
    ),
    "of both sorts": (
        (volume(kind="nfs", source="filer:/a"), volume("pv-2", "local", source="/mnt/a")),
        StorageService(
            name="lab",
            serves="depends",
            evidence="its volumes",
            condition="which volume a claim gets: they are many-nodes, node-local",
        ),
    ),
    "none": (
        (),
        StorageService(
            name="lab",
            serves="unknown",
            evidence="nothing",
            condition="it provisions nothing, and no volume has this class",
        ),
    ),
}


@pytest.mark.parametrize("case", BY_VOLUMES)
def test_a_class_without_a_provisioner_is_what_its_volumes_are(case: str) -> None:
    volumes, expected = BY_VOLUMES[case]
    assert class_service(MANUAL, evidence(*volumes)) == expected


def test_its_volumes_could_not_be_read() -> None:
    found = storage_evidence(Cluster(context="c"), CATALOG, Settings())
    assert class_service(MANUAL, found) == StorageService(
        name="lab",
        serves="unknown",
        evidence="nothing",
        condition="it provisions nothing, and its volumes could not be read",
    )


def test_shared_volumes_of_local_path_only_show_a_claim() -> None:
    shared = volume(kind="hostPath", source="/shared/pv-1")
    answer = class_service(storage_class("rancher.io/local-path"), evidence(shared))
    assert (answer.serves, answer.evidence) == ("depends", "catalogue")


@pytest.mark.parametrize(
    ("parameters", "changes", "expected"),
    [
        ({"sharedFileSystemPath": "/shared"}, {}, ("depends", "catalogue")),
        ({}, {"access_modes": ("ReadWriteOnce",)}, ("node-local", "volume source")),
        ({"sharedFileSystemPath": "/shared"}, {"kind": "local"}, ("node-local", "volume source")),
    ],
)
def test_a_path_on_storage_that_all_nodes_mount_is_what_its_class_says(
    parameters: dict[str, str], changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    path = volume(**{"kind": "hostPath", "source": "/shared/pv-1", **changes})
    of_class = storage_class("rancher.io/local-path", **parameters)
    answer = volume_service(path, evidence(path), of_class)
    assert (answer.serves, answer.evidence) == expected


VOLUMES: list[tuple[PersistentVolume, str, str]] = [
    (volume(kind="nfs", source="filer:/a"), "many-nodes", "volume source"),
    (volume(kind="cephfs"), "many-nodes", "volume source"),
    (volume(kind="hostPath", source="/raid"), "node-local", "volume source"),
    (volume(kind="local", source="/mnt/a"), "node-local", "volume source"),
    (volume(kind="local", source="/dev/sdb", volume_mode="Block"), "node-local", "volume source"),
    (volume(kind="iscsi"), "one-node", "volume source"),
    (volume(kind="fc"), "one-node", "volume source"),
    (volume(driver="nfs.csi.k8s.io"), "many-nodes", "catalogue"),
    (volume(driver="ebs.csi.aws.com", volume_mode="Block"), "one-node", "volume mode"),
    (volume(driver="driver.longhorn.io"), "depends", "catalogue"),
    (
        volume(driver="csi.trident.netapp.io", attributes={"backendType": "ontap-nas"}),
        "many-nodes",
        "catalogue",
    ),
    (
        volume(driver="csi.vsphere.vmware.com", filesystem_type="ext4"),
        "one-node",
        "catalogue",
    ),
    (
        volume(driver="csi-powerstore.dellemc.com", source="5f4e/PS1/nfs"),
        "many-nodes",
        "catalogue",
    ),
    (volume(driver="csi-powerstore.dellemc.com", source="5f4e/PS1/scsi"), "one-node", "catalogue"),
    (volume(), "unknown", "nothing"),
]


@pytest.mark.parametrize(("one", "serves", "basis"), VOLUMES)
def test_volumes(one: PersistentVolume, serves: str, basis: str) -> None:
    answer = volume_service(one, evidence(one))
    assert (answer.name, answer.serves, answer.evidence) == ("pv-1", serves, basis)


def test_a_volume_in_the_tree_that_leaves_it_open_is_outside_all_the_same() -> None:
    answer = volume_service(volume(kind="portworxVolume"), evidence())
    assert (answer.serves, answer.outside) == ("depends", True)


def test_a_volume_that_leaves_it_open_is_judged_by_its_class() -> None:
    found = evidence(volume(), profile=(("ReadWriteMany", "Filesystem"),))
    assert volume_service(volume(), found, storage_class()) == StorageService(
        name="pv-1", serves="many-nodes", evidence="StorageProfile"
    )
