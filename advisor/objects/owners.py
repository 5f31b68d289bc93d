"""Where each kind of object that makes pods keeps its pod templates.

A kind is one line of data: the path of what holds a template, whether that is one thing, a map
(its keys are the roles) or a list (a field of each entry is the role), and its replica count.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where templates of one role, or of several, are. Paths are dotted, within `at`.

    `role` is the role itself for "one", the name of the field that holds it for "list".
    `times` multiplies the replicas; where it counts a whole group, `leader` is the template of the
    pod in it that is another role's.
    """

    at: str = "spec"
    each: Literal["one", "map", "list"] = "one"
    role: str = ""
    template: str = "template"
    replicas: str = ""
    times: str = ""
    leader: str = ""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of owner. `suspend` are the paths that suspend it when true.

    `reader` names another way to its template, for kinds that have no pod template in them;
    "looks" finds what looks like a pod spec, as in an object that wraps others.
    """

    name: str
    places: tuple[Place, ...] = ()
    suspend: tuple[str, ...] = ("spec.suspend",)
    reader: Literal["", "runai", "trainjob", "argo", "kserve", "tekton", "spark", "looks"] = ""


def _replicas(at: str) -> tuple[Place, ...]:
    return (Place(at=at, each="map", replicas="replicas"),)


def _kubeflow(name: str, at: str) -> Kind:
    return Kind(name=name, places=_replicas(at), suspend=("spec.runPolicy.suspend",))


def _ray(name: str, at: str) -> Kind:
    head = Place(at=f"{at}.headGroupSpec", role="head")
    workers = Place(at=f"{at}.workerGroupSpecs", each="list", role="groupName", replicas="replicas")
    return Kind(name=name, places=(head, workers))


_SIMPLE = (Place(replicas="replicas"),)
_JOB_SETS = Place(
    at="spec.replicatedJobs",
    each="list",
    role="name",
    template="template.spec.template",
    replicas="replicas",
    times="template.spec.parallelism",
)
_LEADER = Place(role="leader", template="leaderWorkerTemplate.leaderTemplate", replicas="replicas")
_WORKERS = Place(
    role="worker",
    template="leaderWorkerTemplate.workerTemplate",
    replicas="replicas",
    times="leaderWorkerTemplate.size",
    leader="leaderWorkerTemplate.leaderTemplate",
)

OWNERS: dict[tuple[str, str], Kind] = {
    ("apps", "deployments"): Kind(name="Deployment", places=_SIMPLE),
    ("apps", "statefulsets"): Kind(name="StatefulSet", places=_SIMPLE),
    ("apps", "daemonsets"): Kind(name="DaemonSet", places=(Place(),)),
    ("batch", "jobs"): Kind(name="Job", places=(Place(replicas="parallelism"),)),
    ("batch", "cronjobs"): Kind(
        name="CronJob", places=(Place(at="spec.jobTemplate.spec", replicas="parallelism"),)
    ),
    ("argoproj.io", "rollouts"): Kind(name="Rollout", places=_SIMPLE),
    ("apps.kruise.io", "clonesets"): Kind(name="CloneSet", places=_SIMPLE),
    ("apps.kruise.io", "statefulsets"): Kind(name="StatefulSet", places=_SIMPLE),
    ("keda.sh", "scaledjobs"): Kind(
        name="ScaledJob", places=(Place(at="spec.jobTargetRef", replicas="parallelism"),)
    ),
    ("kubeflow.org", "pytorchjobs"): _kubeflow("PyTorchJob", "spec.pytorchReplicaSpecs"),
    ("kubeflow.org", "tfjobs"): _kubeflow("TFJob", "spec.tfReplicaSpecs"),
    ("kubeflow.org", "xgboostjobs"): _kubeflow("XGBoostJob", "spec.xgbReplicaSpecs"),
    ("kubeflow.org", "paddlejobs"): _kubeflow("PaddleJob", "spec.paddleReplicaSpecs"),
    ("kubeflow.org", "jaxjobs"): _kubeflow("JAXJob", "spec.jaxReplicaSpecs"),
    ("kubeflow.org", "mpijobs"): _kubeflow("MPIJob", "spec.mpiReplicaSpecs"),
    ("trainer.kubeflow.org", "trainjobs"): Kind(name="TrainJob", reader="trainjob"),
    ("trainer.kubeflow.org", "trainingruntimes"): Kind(name="TrainingRuntime"),
    ("trainer.kubeflow.org", "clustertrainingruntimes"): Kind(name="ClusterTrainingRuntime"),
    ("jobset.x-k8s.io", "jobsets"): Kind(name="JobSet", places=(_JOB_SETS,)),
    ("leaderworkerset.x-k8s.io", "leaderworkersets"): Kind(
        name="LeaderWorkerSet", places=(_LEADER, _WORKERS)
    ),
    ("ray.io", "rayclusters"): _ray("RayCluster", "spec"),
    ("ray.io", "rayjobs"): _ray("RayJob", "spec.rayClusterSpec"),
    ("ray.io", "rayservices"): _ray("RayService", "spec.rayClusterConfig"),
    ("argoproj.io", "workflows"): Kind(name="Workflow", reader="argo"),
    ("argoproj.io", "cronworkflows"): Kind(name="CronWorkflow", reader="argo"),
    ("serving.kserve.io", "inferenceservices"): Kind(name="InferenceService", reader="kserve"),
    ("kubeflow.org", "notebooks"): Kind(name="Notebook", places=(Place(),)),
    ("workload.codeflare.dev", "appwrappers"): Kind(name="AppWrapper", reader="looks"),
    ("sparkoperator.k8s.io", "sparkapplications"): Kind(name="SparkApplication", reader="spark"),
    ("sparkoperator.k8s.io", "scheduledsparkapplications"): Kind(
        name="ScheduledSparkApplication", reader="spark"
    ),
    ("batch.volcano.sh", "jobs"): Kind(
        name="Job", places=(Place(at="spec.tasks", each="list", role="name", replicas="replicas"),)
    ),
    ("run.ai", "runaijobs"): Kind(name="RunaiJob", places=(Place(replicas="parallelism"),)),
    ("run.ai", "trainingworkloads"): Kind(name="TrainingWorkload", reader="runai"),
    ("run.ai", "interactiveworkloads"): Kind(name="InteractiveWorkload", reader="runai"),
    ("run.ai", "inferenceworkloads"): Kind(name="InferenceWorkload", reader="runai"),
    ("run.ai", "distributedworkloads"): Kind(name="DistributedWorkload", reader="runai"),
}
"""By group and resource."""

ROLE_LABELS: tuple[str, ...] = (
    "training.kubeflow.org/replica-type",
    "training.kubeflow.org/job-role",
    "jobset.sigs.k8s.io/replicatedjob-name",
    "volcano.sh/task-spec",
    "ray.io/group",
    "leaderworkerset.sigs.k8s.io/worker-index",
    "replica-type",
)
"""Labels of a pod that say its role, the most telling first."""

ROLE_NAMES: dict[tuple[str, str], str] = {
    ("ray.io/group", "headgroup"): "head",
    ("leaderworkerset.sigs.k8s.io/worker-index", "0"): "leader",
}
"""Label values that are not the role as its object spells it."""

WORKER_INDEX = "leaderworkerset.sigs.k8s.io/worker-index"


def role_of(labels: dict[str, str | None]) -> str:
    """The role a pod's labels state, in lower case; empty when they state none."""
    for label in ROLE_LABELS:
        value = labels.get(label)
        if value:
            fallback = "worker" if label == WORKER_INDEX else value.lower()
            return ROLE_NAMES.get((label, value), fallback)
    return ""
