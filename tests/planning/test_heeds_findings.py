"""What was found reaches the plan: nothing with a secret in it is pushed in silence."""

from __future__ import annotations

from msgspec.structs import replace

from advisor import api
from advisor.configuration.settings import Assumption, Ignore, Settings
from advisor.planning.scripts import engines_of, plan_files
from tests.placement.samples import host, snapshot
from tests.planning.samples import REGISTRY, bind, container, content, image, plan

TOLD = replace(image("lab/told:1", "a"), secret_variables=("HF_TOKEN",))
CLEAN = image("lab/clean:1", "b")


def test_an_image_with_a_secret_is_held_back_and_its_owner_asked() -> None:
    of = snapshot(
        None, host("dgx", container("one", TOLD), container("two", CLEAN), images=(TOLD, CLEAN))
    )
    found = plan(of)
    assert {one.label: one.action for one in found.images} == {
        "lab/told:1": "hold",
        "lab/clean:1": "push",
    }
    (asked,) = [one for one in found.questions if "lab/told:1" in one.about]
    assert (asked.owner, asked.text) == (
        "ann",
        "Is there a secret in this image? lab/told:1 sets HF_TOKEN in its own settings; whoever can"
        " fetch the image can read it. It is not pushed before it was built anew without it, or"
        " IMG022 is ignored for it in advisor.toml.",
    )
    assert found.waves[0].title == "Pilot: two on dgx"
    files = plan_files(found, engines_of(of.hosts))
    assert "lab/told" not in files["10-images-dgx.sh"].text
    assert "one on dgx: no manifest yet: lab/told:1 is held back" in files["50-jobs.sh"].text
    (job,) = [one for one in found.jobs if one.label == "one on dgx"]
    for command in job.commands:
        assert command.missing == ("lab/told:1 is held back, for what may be a secret in it",)
        assert not [step for step in command.before if "push" in step]
        assert f"{REGISTRY}/lab/told:1" in command.text


def test_an_image_whose_finding_is_ignored_is_pushed() -> None:
    of = snapshot(None, host("dgx", container("one", TOLD), images=(TOLD,)))
    ignored = plan(of, ignore=(Ignore(rule="IMG022", reason="a dummy"),))
    assert [one.action for one in ignored.images] == ["push"]


def test_of_two_contents_of_one_name_only_that_with_the_secret_is_held() -> None:
    here = replace(image("lab/x:1", "a"), secret_variables=("HF_TOKEN",))
    there = image("lab/x:1", "b")
    of = snapshot(
        None,
        host("dgx", container("one", here), images=(here,)),
        host("ws", container("two", there), images=(there,)),
    )
    actions = {one.content: one.action for one in plan(of).images}
    assert actions == {content("a"): "hold", content("b"): "push"}


def test_a_single_job_is_told_the_pushes_of_the_plan() -> None:
    here, there = (
        image("lab/x:latest", "a"),
        replace(image("lab/y:1", "b"), secret_variables=("K",)),
    )
    of = snapshot(
        None,
        host("dgx", images=(here, there)),
        host("ws", images=(here,), engine="podman"),
    )
    targets = {one.label: one.target for one in plan(of).images}
    for ignored in ((), (Ignore(rule="IMG022", subject="*lab/y*", reason="a dummy"),)):
        settings = Settings(
            registry=REGISTRY,
            assume=Assumption(gpu_nodes=2, gpus_per_node=4),
            ignore=ignored,
        )
        for name in ("lab/x:latest", "lab/y:1"):
            (job,) = api.translate([f"docker run --gpus 1 {name}"], "runai-v2", of, settings).jobs
            target = targets[name]
            assert f"--image {target} " in job.translation.text
            if name == "lab/y:1" and not ignored:
                assert job.translation.before == ()
                assert "held back: it sets K (IMG022)" in job.translation.missing[0]
            else:
                assert job.translation.missing == ()
                assert job.translation.before == (
                    "# put the image where every node can pull it, from dgx\n"
                    f"docker tag {name} {target} && docker push {target}",
                )


def test_the_pilot_ends_by_itself_and_takes_nothing_of_the_machine() -> None:
    jobs = (
        container("shell", CLEAN, bind("/raid/a"), interactive=True, tty=True),
        container("socket", CLEAN, bind("/raid/a"), bind("/var/run/docker.sock", "/s")),
        container("serves", CLEAN, bind("/raid/a"), restart="always"),
        container("train", CLEAN, gpu=None),
    )
    found = plan(snapshot(None, host("dgx", *jobs, images=(CLEAN,))))
    assert found.waves[0].title == "Pilot: train on dgx"


def test_what_was_committed_is_known_and_committed_no_more() -> None:
    changed = container("edit", CLEAN, layer_changes=3, layer_size=5, layer_paths=("/work/a",))
    (step,) = plan(snapshot(None, host("dgx", changed, images=(CLEAN,)))).commits
    assert step.target == f"{REGISTRY}/saved/edit:from-dgx"
    saved = image(step.target, "c")
    later = plan(snapshot(None, host("dgx", changed, images=(CLEAN, saved))))
    assert later.commits == ()
    assert {one.content: one.target for one in later.images}[content("c")] == step.target


def test_latest_becomes_a_tag_that_tells_the_content() -> None:
    latest = image("lab/x:latest", "d")
    found = plan(snapshot(None, host("dgx", container("one", latest), images=(latest,))))
    assert [one.target for one in found.images] == [f"{REGISTRY}/lab/x:sha-dddddddddddd"]


def test_manifests_are_yaml() -> None:
    of = snapshot(None, host("dgx", container("one", CLEAN, bind("/raid/a")), images=(CLEAN,)))
    files = plan_files(plan(of), engines_of(of.hosts))
    texts = {path: one.text for path, one in files.items() if path.startswith("manifests/")}
    assert sorted(texts) == ["manifests/claim-data-a.yaml", "manifests/job-one-on-dgx.yaml"]
    assert texts["manifests/job-one-on-dgx.yaml"].startswith("apiVersion: batch/v1\nkind: Job\n")
