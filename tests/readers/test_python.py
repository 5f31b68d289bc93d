"""Python that builds and starts containers, as the commands that it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.readers.python.reader import read_python
from advisor.readers.shell.variables import Known
from advisor.readers.specs import read_specs


def commands(text: str, known: Known | None = None) -> list[str]:
    return [
        " ".join(each.text for each in command.words)
        for made in read_python(text, "go.py", known or Known())
        for command in made.script.commands
    ]


LISTS = [
    ("subprocess.run(['docker', 'run', IMAGE, 'a b'])", "docker run fit:1 a b"),
    (
        "cmd = ['docker', 'run']\ncmd += ['--gpus', 'all', IMAGE]\nPopen(cmd)",
        "docker run --gpus all fit:1",
    ),
    (
        "cmd = ['docker', 'run'] + ['-v', f'{os.getcwd()}:/w'] + [IMAGE]\ncall(cmd)",
        "docker run -v $PWD:/w fit:1",
    ),
    ("cmd = ['docker', 'run', *flags, IMAGE]\ncall(cmd)", "docker run $FLAGS fit:1"),
    (
        "c = ['docker', 'run']\nc.append('--rm')\nc.extend(['-e', 'A=%s' % 1])\n"
        "c.append(IMAGE)\nrun(c)",
        "docker run --rm -e A=1 fit:1",
    ),
    (
        "c = ['docker', 'run']\nfor k, v in {'A': 1, 'B': x}.items():\n"
        "  c += ['-e', f'{k}={v}']\nrun(c + [IMAGE])",
        "docker run -e A=1 -e B=$X fit:1",
    ),
    (
        "c = ['docker', 'run']\nfor v in args.volumes:\n  c += ['-v', v]\nrun(c + [IMAGE])",
        "docker run $VOLUMES fit:1",
    ),
    ("run('docker run -e A=1 ' + IMAGE, shell=True)", "docker run -e A=1 fit:1"),
    (
        "os.system(f'docker run -v {data}:/d {IMAGE} python t.py')",
        "docker run -v $DATA:/d fit:1 python t.py",
    ),
    ("run(shlex.split('docker run -e \"A=b c\" {}'.format(IMAGE)))", "docker run -e A=b c fit:1"),
    ("run(' '.join(['docker', 'run', IMAGE]), shell=True)", "docker run fit:1"),
    (
        "run(['docker', 'run', '-v', os.path.join(os.path.expanduser('~/a'), 'b') + ':/b', IMAGE])",
        "docker run -v $HOME/a/b:/b fit:1",
    ),
    (
        "c = ['docker', 'run']\nif sys.stdin.isatty():\n  c.append('-it')\nrun([*c, IMAGE])",
        "docker run -it fit:1",
    ),
    (
        "c = ['docker', 'run']\nif gpu:\n  c += ['--gpus', 'all']\nelse:\n"
        "  c += ['--cpus', '4']\nrun([*c, IMAGE])",
        "docker run $C fit:1",
    ),
    (
        "run(['docker', 'run', '-u', f'{os.getuid()}:{os.getgid()}', IMAGE])",
        "docker run -u $(id -u):$(id -g) fit:1",
    ),
    ("run(['docker', 'run', sys.argv[1], IMAGE])", "docker run $1 fit:1"),
    ("assert os.system('docker run ' + IMAGE) == 0", "docker run fit:1"),
    ("ssh.exec_command('sudo docker run fit:1')", "sudo docker run fit:1"),
]


@pytest.mark.parametrize(("program", "command"), LISTS)
def test_words_of_a_command(program: str, command: str) -> None:
    assert commands(f"IMAGE = 'fit:1'\n{program}\n") == [command]


FUNCTIONS = [
    (
        "def start(image, gpus=1):\n  run(['docker', 'run', '--gpus', str(gpus), image])\n"
        "start('a', gpus=4)\nstart('b')\n",
        ["docker run --gpus 4 a", "docker run --gpus 1 b"],
    ),
    (
        "def build():\n  return ['docker', 'run', 'a']\ndef main():\n  cmd = build()\n"
        "  cmd += ['x']\n  run(cmd)\nmain()\n",
        ["docker run a x"],
    ),
    ("def build(image):\n  cmd = ['docker', 'run', image]\n  return cmd\n", ["docker run $IMAGE"]),
    (
        "class Job:\n  def __init__(self, image='a'):\n    self.image = image\n"
        "  def go(self):\n    run(['docker', 'run', self.image])\n",
        ["docker run a"],
    ),
    (
        "@dataclass\nclass C:\n  image: str = 'a'\ndef go(c: C):\n"
        "  run(['docker', 'run', c.image])\n",
        ["docker run a"],
    ),
    (
        "def run(cmd):\n  subprocess.check_call(cmd, shell=True)\nrun('docker run a')\n",
        ["docker run a"],
    ),
    ("def f():\n  if x:\n    return\n  run(['docker', 'run', 'a'])\n", ["docker run a"]),
    (
        "p.add_argument('--tag', default='1')\np.add_argument('--dry', action='store_true')\n"
        "args = p.parse_args()\n"
        "c = ['docker', 'run']\nif args.dry:\n  c += ['--rm']\nrun(c + [f'a:{args.tag}'])\n",
        ["docker run a:1"],
    ),
    ("run(['docker', 'run', os.environ.get('IMAGE', 'a')])\n", ["docker run a"]),
    (
        "class M:\n  a: str\n  def __str__(self):\n"
        "    return '-v ' + ':'.join(getattr(self, i) for i in ['a', 'a'])\n"
        "def go(ms=[]):\n  c = ['docker', 'run']\n  for m in ms:\n    c += f'{m}'.split(' ')\n"
        "  run(c + ['i'])\ndef main():\n  go(ms=[M(a='/d'), M(os.path.dirname(x))])\n",
        ["docker run -v /d:/d -v $X_FOLDER:$X_FOLDER i"],
    ),
    (
        "p.add_argument('--gpu', action='store_true')\ndef go(gpu):\n  if gpu:\n"
        "    run(['docker', 'run', '--gpus', 'all', 'a'])\ngo(p.parse_args().gpu)\n",
        ["docker run --gpus all a"],
    ),
    (
        "T = '\\nsrun --container-image {} bash\\n'\n"
        "with open('x') as f:\n  f.write(T.format('a'))\n",
        ["srun --container-image a bash"],
    ),
    (
        "run(['docker', 'run', config.get('image'), a.b.c(), d.c('x')])\n",
        ["docker run $IMAGE $B_C $D_C_X"],
    ),
    ("print('docker run a')\nlogging.info('docker run b')\n", []),
]


@pytest.mark.parametrize(("program", "made"), FUNCTIONS)
def test_functions_and_classes(program: str, made: list[str]) -> None:
    assert commands(program) == made


def test_what_the_user_says_goes_before_a_default() -> None:
    text = "p.add_argument('--tag', default='1')\nrun(['docker', 'run', f'a:{args.tag}'])\n"
    assert commands(text, Known({"TAG": "7"})) == ["docker run a:7"]


CONTAINERS = [
    (
        "client.containers.run('a', 'python t.py --x \"b c\"', detach=True)",
        "docker run --detach a python t.py --x b c",
    ),
    (
        "c.containers.run(image='a', command=['x'], runtime='nvidia', remove=True, tty=False)",
        "docker run --runtime nvidia --rm a x",
    ),
    (
        "c.containers.run('a', volumes={os.getcwd(): {'bind': '/w', 'mode': 'ro'}, '/d': '/d'})",
        "docker run -v $PWD:/w:ro -v /d:/d a",
    ),
    (
        "c.containers.run('a', ports={'80/tcp': 8080, '90': ('127.0.0.1', 9), '7': None})",
        "docker run -p 8080:80/tcp -p 127.0.0.1:9:90 -p 7 a",
    ),
    (
        "c.containers.run('a', device_requests=[DeviceRequest(count=-1, capabilities=[['gpu']])])",
        "docker run --gpus all a",
    ),
    (
        "c.containers.run('a', device_requests=[DeviceRequest(device_ids=['0', '2'])])",
        "docker run --gpus device=0,2 a",
    ),
    (
        "c.containers.create('a', environment={'A': 1}, shm_size='8g', "
        "ulimits=[Ulimit(name='memlock', soft=-1, hard=-1)])",
        "docker run -e A=1 --shm-size 8g --ulimit memlock=-1:-1 a",
    ),
    (
        "kw = dict(mem_limit='4g')\nkw['name'] = 'n'\nc.containers.run('a', **kw)",
        "docker run --memory 4g --name n a",
    ),
    (
        "c.containers.run('a', mounts=[Mount('/t', '/s', type='bind', read_only=True)], "
        "restart_policy={'Name': 'always'})",
        "docker run --mount type=bind,source=/s,target=/t,readonly --restart always a",
    ),
    (
        "docker.run('a', ['x'], gpus='all', volumes=[('/d', '/d', 'ro')], publish=[(80, "
        "80)], envs={'A': 'b'})",
        "docker run --gpus all -v /d:/d:ro -p 80:80 -e A=b a x",
    ),
    (
        "c.create_container('a', host_config=c.create_host_config(binds=['/d:/d'], "
        "ipc_mode='host'))",
        "docker run -v /d:/d --ipc host a",
    ),
    (
        "DockerOperator(task_id='t', image='a', command='x y', network_mode='host')",
        "docker run --network host a x y",
    ),
]


@pytest.mark.parametrize(("program", "command"), CONTAINERS)
def test_calls_of_libraries(program: str, command: str) -> None:
    assert commands(program) == [command]


def test_jobs_have_their_places_and_what_is_told(tmp_path: Path) -> None:
    (tmp_path / "go.py").write_text(
        "import docker\n"
        "TAG = os.environ.get('TAG', '2')\n"
        "docker.from_env().containers.run(f'a:{TAG}', oom_score_adj=3)\n"
        "SCRIPT = f'''#!/bin/bash\n#SBATCH --gres=gpu:{n}\n"
        "srun --container-image=b python t.py\n'''\n"
    )
    read = read_specs([str(tmp_path / "go.py")])
    where = f"{tmp_path}/go.py"
    assert [(job.label, str(job.place and job.place.line)) for job in read.jobs] == [
        ("a:2", "3"),
        ("b", "4"),
    ]
    assert read.notes == (
        f"{where}:3:1: what oom_score_adj says is not carried over",
        f"{where}: read with what it takes when nothing is given: TAG=2; --set NAME=VALUE says"
        " otherwise",
    )


def test_parameters_that_nobody_gives_and_loops_are_told(tmp_path: Path) -> None:
    (tmp_path / "go.py").write_text(
        "import docker\ndef go(volumes=None):\n"
        "  if volumes is None:\n    volumes = {}\n"
        "  for image in images():\n    c.containers.run(image, volumes=volumes)\n"
    )
    read = read_specs([str(tmp_path / "go.py")])
    assert read.notes == (
        f"{tmp_path}/go.py:6:5: the program runs it in a loop: submit it for each of the values",
        f"{tmp_path}/go.py: read with what it takes when nothing is given: VOLUMES=''; --set"
        " NAME=VALUE says otherwise",
    )


def test_what_is_no_python_3_is_told(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("print 'a'\ndocker run a\n")
    read = read_specs([str(tmp_path / "old.py")])
    assert (read.jobs, read.problems) == ((), ())
    assert read.notes[0].startswith(f"{tmp_path}/old.py:1:1: not Python 3:")


WHOLE = """
import os, subprocess, sys
if os.path.exists("/.dockerenv"):
    main()
    sys.exit(0)
subprocess.check_call(["docker", "build", "-t", "fit:1", "."])
name = "fit"
subprocess.run(["docker", "run", "-d", "--gpus", "2", "--name", name, "fit:1", "sleep", "inf"])
command = ["docker", "exec", "-i", name, "python", "train.py"]
subprocess.Popen(command)
"""

LIBRARY = """
import docker
client = docker.from_env()
client.images.build(path=".", tag="fit:1")
held = client.containers.run("fit:1", "sleep inf", detach=True)
held.exec_run(["python", "train.py"], workdir="/w")
"""


@pytest.mark.parametrize("program", [WHOLE, LIBRARY])
def test_what_one_command_builds_or_starts_another_uses(program: str, tmp_path: Path) -> None:
    (tmp_path / "go.py").write_text(program)
    read = read_specs([str(tmp_path)])
    assert [
        (job.run.pull, " ".join(each.text for each in job.run.arguments))
        for job in read.jobs
        if job.run
    ] == [("build", "python train.py")]
    assert [note.partition(": ")[2] for note in read.notes] == [
        f"the container {'fit' if program is WHOLE else '$CONTAINER'} only sleeps; what docker exec"
        " starts in it is read as its command"
    ]


@pytest.mark.parametrize(
    "test",
    ["os.path.exists('/.dockerenv')", "not args.image", "LORA == ''", "not LORA"],
)
def test_what_follows_a_test_that_ends_the_function_is_looked_at(test: str) -> None:
    text = f"def go(args, LORA=''):\n  if {test}:\n    return\n  run(['docker', 'run', 'fit:1'])\n"
    assert commands(text) == ["docker run fit:1"]


@pytest.mark.parametrize(("text", "way"), [("", "b"), ("0", "a"), ("x", "a")])
def test_an_empty_text_does_not_hold(text: str, way: str) -> None:
    program = f"N = '{text}'\nif N:\n  w = 'a'\nelse:\n  w = 'b'\nrun(['docker', 'run', w])\n"
    assert commands(program) == [f"docker run {way}"]
