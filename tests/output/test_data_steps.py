"""What is typed for each place of data: whole commands, every name quoted."""

from __future__ import annotations

from advisor.facts.host import Filesystem, Volume
from advisor.output.data_steps import Command, DataSteps, Step
from advisor.planning.plan import Plan
from tests.placement.samples import cluster, host, node, snapshot
from tests.planning.samples import HOME, bind, container, image, plan

X = image("lab/x:1", "a")
LUSTRE = Filesystem(mount_point="/l", type="lustre", device="10.0.0.1@tcp:/fs")


def planned(*mounts: object, **fields: object) -> Plan:
    job = container("job", X, *mounts)  # type: ignore[arg-type]
    return plan(snapshot(None, host("dgx", job, images=(X,), **fields)))


def copied(of: Plan) -> list[Step]:
    steps = DataSteps(of, {"dgx": "podman"})
    return [steps.copied(place) for place in of.data if place.action == "copy"]


def test_a_copy_has_one_way_in_two_passes() -> None:
    (step,) = copied(planned(bind("/raid/it's; $(odd)")))
    assert [command.text for command in step.commands] == [
        "plan/30-data-01-data-it-s-odd.sh --namespace NAMESPACE --apply",
        "plan/30-data-01-data-it-s-odd.sh --namespace NAMESPACE --final",
    ]
    assert step.notes[-1] == (
        "The script copies through a pod that mounts the claim `data-it-s-odd`; it needs kubectl"
        " where the data is, goes on where it was stopped, and shows how far it is."
    )


def test_what_is_copied_with_another_place_has_no_command_of_its_own() -> None:
    outer, inner = copied(planned(bind("/raid"), bind("/raid/a", target="/a")))
    assert (inner.notes[-1], inner.commands) == (
        "It is copied together with `/raid on dgx`.",
        (),
    )
    assert len(outer.commands) == 2


def test_a_volume_whose_place_is_not_known_is_looked_up() -> None:
    (step,) = copied(plan(snapshot(None, host("dgx", volumes=(Volume(name="v w"),)))))
    assert (step.notes[-1], step.commands) == (
        "Where its files are is not known yet.",
        (Command(label="Where its files are", text="podman volume inspect -- 'v w'"),),
    )


def test_claims_are_made_once_with_what_is_missing() -> None:
    found = list(DataSteps(planned(bind("/raid/a"), bind("/raid/b")), {}).before())
    assert [command.text for step in found for command in step.commands] == [
        "plan/20-storage.sh --namespace NAMESPACE --size data-a=AMOUNT --size data-b=AMOUNT"
        " --class CLASS --apply"
    ]
    assert list(DataSteps(planned(), {}).before()) == []


def used(of: Plan) -> list[tuple[str, list[str]]]:
    steps = DataSteps(of, {})
    found = [*steps.used(of.jobs), *steps.used(of.jobs)]
    return [(step.title, [command.text for command in step.commands]) for step in found]


def test_an_export_is_used_by_an_option_or_by_manifests() -> None:
    manifests = "plan/manifests/nfs-export-home-ann"
    assert used(planned(bind("/home/ann", filesystem=HOME, read_only=True))) == [
        (
            "Use the NFS export `filer:/export/home/ann` as it is",
            [
                "--nfs path=/export/home/ann,server=filer,mountpath=/data",
                "--volume /export/home/ann:/data:ro:filer",
                f"kubectl -n NAMESPACE create -f {manifests}-volume.yaml -f {manifests}-claim.yaml",
            ],
        )
    ]


def test_an_option_that_a_path_would_break_is_left_out() -> None:
    ((_, commands),) = used(planned(bind("/home/a,b:c", filesystem=HOME)))
    assert [command.split()[0] for command in commands] == ["kubectl"]


def test_another_network_filesystem_is_mounted_by_every_node() -> None:
    assert used(planned(bind("/l/d", filesystem=LUSTRE))) == [
        (
            "Have every node mount `lustre 10.0.0.1@tcp:/fs` at `/l/d`",
            ["findmnt --target /l/d"],
        )
    ]


def test_what_is_on_claims_already_is_no_step() -> None:
    assert used(plan(snapshot(cluster(node("n", gpus=1)), host("dgx", images=(X,))))) == []
