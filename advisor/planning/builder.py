"""The whole plan from what placement knows and what was decided."""

from __future__ import annotations

from advisor.configuration.settings import Settings
from advisor.placement.scene import Scene
from advisor.planning.capacity import plan_capacity
from advisor.planning.data_plan import plan_data
from advisor.planning.image_action import Decisions
from advisor.planning.image_plan import plan_images
from advisor.planning.job_plan import JobPlanner
from advisor.planning.plan import PLACEHOLDER_REGISTRY, Plan
from advisor.planning.pull_secret import plan_pull_secret
from advisor.planning.questions import plan_questions
from advisor.planning.waves import Moves, plan_waves


def make_plan(scene: Scene, decisions: Decisions, settings: Settings) -> Plan:
    """A pure function of its arguments; `decisions` are the assessment's by subject id."""
    registry = settings.registry or PLACEHOLDER_REGISTRY
    images = plan_images(scene, decisions, registry)
    data = plan_data(scene, decisions)
    images_by_id = {image.id: image for image in images.images}
    data_by_id = {place.id: place for place in data.data}
    planner = JobPlanner(scene, images_by_id, data_by_id, settings.registry)
    jobs = tuple(
        planner.plan(job, images.of_job.get(job.id, ()), data.of_job.get(job.id, ()))
        for job in sorted(scene.jobs, key=lambda one: one.id)
    )
    questions = plan_questions(images.images, images.commits, data.data, jobs, decisions)
    pull_secret = plan_pull_secret(scene, registry)
    moves = Moves(
        images=images_by_id,
        data=data_by_id,
        jobs=jobs,
        questions=questions,
        pull_secret=pull_secret,
        bandwidth=settings.bandwidth,
    )
    return Plan(
        registry=registry,
        bandwidth=settings.bandwidth,
        images=images.images,
        commits=images.commits,
        pull_secret=pull_secret,
        data=data.data,
        jobs=jobs,
        capacity=plan_capacity(scene),
        waves=plan_waves(moves),
        questions=questions,
    )
