"""Secrets are recognised by name and by shape, and do not survive redaction."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.facts.cluster import NodeImage
from advisor.facts.host import DockerHost
from advisor.facts.redaction import redact
from advisor.facts.secrecy import (
    MARK,
    looks_secret,
    redact_image,
    redact_mapping,
    redact_text,
    redact_words,
    secret_values,
)

SECRET_NAMES = """
TOKEN PASSWORD SECRET API_KEY AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID WANDB_API_KEY HF_TOKEN apiKey
MYSQL_PWD GITHUB_PAT DB_PASS SSHPASS PGPASSWORD --password --api-key X-Api-Key Authorization
DATABASE_PASSWORD_2 githubToken KAGGLE_KEY
"""

OTHER_NAMES = """
TOKENIZERS_PARALLELISM NCCL_DEBUG NCCL_SECRET_MODE KEYBOARD MAX_TOKENS PASSWD_FILE PASSWORD_FILE
GPG_KEY PWD OLDPWD PATH PUBLIC_KEY pad_token max-token --text-key SECRET_NAME SSH_AUTH_SOCK
GOOGLE_APPLICATION_CREDENTIALS MONKEY COMPASS ALLOW_EMPTY_PASSWORD NVIDIA_VISIBLE_DEVICES HOME _ 1
"""

SECRET_VALUES = (
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "hf_abcdefghijklmnopqrstuvwxyz",
    "AKIAIOSFODNN7EXAMPLE",
    "sk-proj-abcdefghijklmnopqrstuv",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
    "postgres://ann:hunter2@db/train",
)


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_a_name_can_say_secret(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", OTHER_NAMES.split())
def test_a_name_that_only_resembles_one_does_not(name: str) -> None:
    assert not looks_secret(name)


@pytest.mark.parametrize("value", SECRET_VALUES)
def test_a_value_can_say_secret_whatever_its_name(value: str) -> None:
    assert looks_secret("DATA", value)


def test_a_switch_is_no_secret() -> None:
    assert not looks_secret("AUTH_TOKEN", "true")
    assert not looks_secret("DATA", "https://example.org:8080/a@b")


R = MARK
DIGEST = "sha256:" + "0" * 64
REFERENCES = {
    "ann:hunter2@reg.example.com/team/x:1": f"{R}@reg.example.com/team/x:1",
    f"ann:p@ss:w@reg:5000/x@{DIGEST}": f"{R}@reg:5000/x@{DIGEST}",
    "ann:hunter2@$REG/x": f"{R}@$REG/x",
    **{
        same: same
        for same in (
            f"reg:5000/team/x:1@{DIGEST}",
            f"x:1@{DIGEST}",
            "x:1@$DIGEST",
            "ann:$PASSWORD@reg/x",
            "reg/hf_abcdefghijklmnopqrstuvwxyz:1",
        )
    },
}


@pytest.mark.parametrize(("reference", "shown"), REFERENCES.items())
def test_a_login_before_a_registry_is_taken_out(reference: str, shown: str) -> None:
    assert redact_image(reference) == shown
    assert redact_image(shown) == shown
    if "hf_" not in reference:
        assert redact_text(f"docker pull {reference}")[0] == f"docker pull {shown}"


COMMANDS = {
    "next word": ("--password x --lr 1", f"--password {R} --lr 1"),
    "joined": ("--token=x", f"--token={R}"),
    "variable": ("-e TOKEN=x", f"-e TOKEN={R}"),
    "joined variable": ("-eTOKEN=x", f"-eTOKEN={R}"),
    "long variable": ("--env=TOKEN=x", f"--env=TOKEN={R}"),
    "mysql": ("mysql -px db", f"mysql -p{R} db"),
    "mysql that asks": ("mysql -p db", "mysql -p db"),
    "port": ("-p 8888:8888", "-p 8888:8888"),
    "curl": ("curl -u ann:x https://h", f"curl -u {R} https://h"),
    "user and group": ("-u 1000:1000", "-u 1000:1000"),
    "login": ("docker login -u ann -p x", f"docker login -u ann -p {R}"),
    "volume named secret": ("-v secret:/x lab/secret:v1", "-v secret:/x lab/secret:v1"),
    "volume options": ("o=username=u,password=x,vers=3", f"o=username=u,password={R},vers=3"),
    "query": ("https://h/a?token=x&n=1", f"https://h/a?token={R}&n=1"),
    "credentials in a URL": ("git clone https://u:x@h/r", f"git clone https://{R}@h/r"),
    "token in a URL": (f"https://{'k' * 24}@h/r", f"https://{R}@h/r"),
    "reference": ("--token $TOKEN -e KEY=$KEY", "--token $TOKEN -e KEY=$KEY"),
    "reference in a URL": ("https://u:$PW@h/r", "https://u:$PW@h/r"),
    "switch": ("--use-auth-token true x", "--use-auth-token true x"),
    "counter": ("--max-token 512 --pad_token 0", "--max-token 512 --pad_token 0"),
    "dollar in a password": (
        "--password $ecret https://u:$ecret@h",
        f"--password {R} https://{R}@h",
    ),
    "reference in lower case": ("--password $password", "--password $password"),
    "a number as a password": ("--password 12345678", f"--password {R}"),
    "a number as a token": ("-e TOKEN=12345678 x", f"-e TOKEN={R} x"),
    "a token of weights and biases": (f"run wandb_v1_{'k' * 20} x", f"run {R} x"),
    "small number": ("ffmpeg --pass 2", "ffmpeg --pass 2"),
    "command in place of a value": ("--token $(cat /run/t) -x", "--token $(cat /run/t) -x"),
    "backticks": ("--token `cat /run/t` -x", "--token `cat /run/t` -x"),
    "connection string": ("Server=db;Password=x;A=b", f"Server=db;Password={R};A=b"),
    "token that starts with a dash": (f"--token -{'k' * 20}", f"--token {R}"),
    "a quote alone": ("a \" ' '' b", "a \" ' '' b"),
    "flag after a flag": ("--token --lr 1", "--token --lr 1"),
}


@pytest.mark.parametrize(("before", "after"), COMMANDS.values(), ids=COMMANDS)
def test_commands(before: str, after: str) -> None:
    words, count = redact_words(before.split())
    assert (list(words), count) == (after.split(), after.count(R))


SCRIPTS = {
    "quoted value": ("a --password 'hun ter2' --lr 1", f"a --password {R} --lr 1"),
    "assignment": ("export TOKEN=abc && python t.py", f"export TOKEN={R} && python t.py"),
    "header": ('curl -H "X-Api-Key: zzz" h', f'curl -H "X-Api-Key: {R}" h'),
    "bearer": ('-H "Authorization: Bearer abc" h', f'-H "Authorization: Bearer {R}" h'),
    "basic": ("-H 'Authorization: Basic YWJjOmRlZg' h", f"-H 'Authorization: Basic {R}' h"),
    "a dollar in quotes": ("a --password '$ecret' x", f"a --password {R} x"),
    "json": ('{"password": "pw", "a": "b"}', f'{{"password": "{R}", "a": "b"}}'),
    "layout is kept": ("a\n\tTOKEN=x\n  b ", f"a\n\tTOKEN={R}\n  b "),
    "open quote": ('a "TOKEN=x b', f'a "TOKEN={R} b'),
}


@pytest.mark.parametrize(("before", "after"), SCRIPTS.values(), ids=SCRIPTS)
def test_scripts(before: str, after: str) -> None:
    assert redact_words(["bash", "-c", before]) == (("bash", "-c", after), 1)


TEXTS = {
    "a variable of a pod": (
        'env: [{"name": "API_TOKEN", "value": "sk-4711-abcdef"}] # end',
        f'env: [{{"name": "API_TOKEN", "value": "{R}"}}] # end',
    ),
    "the same on lines": (
        "- name: DB_PASSWORD\n  value: 'pw-4711-long'\n",
        f"- name: DB_PASSWORD\n  value: '{R}'\n",
    ),
    "a variable that is none": ("- name: MODE\n  value: prod-4711-x\n",) * 2,
    "a switch": ('{"name": "USE_TOKEN", "value": "true"}',) * 2,
    "redacted already": (f'{{"name": "API_TOKEN", "value": "{R}"}}',) * 2,
    "a reference in quotes": ('--password "$TOKEN" x',) * 2,
    "a reference in a header": ('-H "Authorization: Bearer $TOKEN" h',) * 2,
    "two variables": (
        '{"name": "PASSWORD", "value": "hunter2-x"}, {"name": "A", "value": "b"}',
        f'{{"name": "PASSWORD", "value": "{R}"}}, {{"name": "A", "value": "b"}}',
    ),
}


@pytest.mark.parametrize(("before", "after"), TEXTS.values(), ids=TEXTS)
def test_texts(before: str, after: str) -> None:
    assert redact_text(before) == (after, int(before != after))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "PASSWORD=hunter2-9x run postgres://ann:hunter2-9x@db/x",
            ("ann:hunter2-9x", "hunter2-9x"),
        ),
        ("TOKEN=x9 run", ()),
        ("TOKEN=x9!kq run", ()),
        ("TOKEN=x9!kq7 run", ("x9!kq7",)),
        ("PASSWORD=production run", ()),
        ("nothing here", ()),
    ],
)
def test_the_secrets_of_a_text_are_its_own_words_only(text: str, values: tuple[str, ...]) -> None:
    assert secret_values(text) == values


def test_the_whole_of_a_variable_goes_even_with_blanks() -> None:
    assert redact_words(["-e", "PASSWORD=a b c"]) == (("-e", f"PASSWORD={R}"), 1)


def test_volume_options_and_labels() -> None:
    options = {
        "type": "cifs",
        "o": "username=u,password=hunter2",
        "device": "//s/x",
        "com.example.token": "abc",
        "note": "",
    }
    assert redact_mapping(options) == (
        {
            "type": "cifs",
            "o": f"username=u,password={R}",
            "device": "//s/x",
            "com.example.token": R,
            "note": "",
        },
        2,
    )


FORMS = (
    "--password {}",
    "--token={}",
    "-e TOKEN={}",
    "--env=API_KEY={}",
    "mysql -p{}",
    "sshpass -p {}",
    "redis-cli -a {}",
    "curl -u u:{} h",
    "o=username=u,password={},vers=3",
    "https://u:{}@h/x",
)
SECRETS = st.text(string.ascii_letters + string.digits + "-_.+/%!~$", min_size=4, max_size=40).map(
    "Zq9{}Zq9".format
)


@given(form=st.sampled_from(FORMS), secret=SECRETS, quote=st.sampled_from(["'", '"']))
def test_no_secret_survives(form: str, secret: str, quote: str) -> None:
    if "://" in form:
        secret = secret.replace("/", "")
    words = form.format(secret).split()
    assert secret not in " ".join(redact_words(words)[0])
    assert secret not in " ".join(redact_words(["sh", "-c", form.format(secret)])[0])
    assert secret not in redact_text(f"run {quote}{form.format(secret)}{quote} x")[0]


WORDS = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from([form.format("sEcReT") for form in FORMS]),
        st.sampled_from(["mysql", "--token", "-c", "-H", "TOKEN:", "bearer", MARK, "curl", "-u"]),
        st.text("=:'\"$ {}()-aTOKEN_,;&@/\n", max_size=30),
    ),
    max_size=8,
)


@given(words=WORDS)
def test_redacting_twice_is_redacting_once(words: list[str]) -> None:
    once, _ = redact_words(words)
    assert len(once) == len(words)
    assert redact_words(once) == (once, 0)


@given(text=st.one_of(st.text(), WORDS.map(" ".join)))
def test_redacting_a_text_twice_is_redacting_it_once(text: str) -> None:
    once, _ = redact_text(text)
    assert redact_text(once) == (once, 0)


def test_a_record_without_a_secret_stays_the_very_same() -> None:
    """An equal text in the place of a default would be written to the snapshot."""
    redact(("".join(["doc", "ker"]), 1))
    host = DockerHost(name="dgx", url="unix:///run/docker.sock")
    assert redact(host) == (host, ())
    assert redact(host)[0] is host


@pytest.mark.parametrize(
    "text",
    [
        "docker login nvcr.io\ndocker run -p 6006:6006 a",
        "runai login\nrunai submit j -p team-cv -i a",
        "wandb login\npython train.py --epochs 10",
        "huggingface-cli login\n# then\ndocker run -p 8000:8000 a",
    ],
)
def test_a_login_on_a_line_of_its_own_hides_nothing_of_the_next(text: str) -> None:
    assert redact_text(text) == (text, 0)
    assert secret_values(text) == ()


def test_a_name_of_an_image_on_a_node_stays_though_it_looks_like_a_token() -> None:
    tokenlike = f"lab/sk-{'ab12' * 12}:1"
    image = NodeImage(names=(tokenlike, "user:hunter2hunter2@registry.lab/x:1"), nodes=("gpu-1",))
    clean, found = redact(image)
    assert clean == NodeImage(names=(tokenlike, "[redacted]@registry.lab/x:1"), nodes=("gpu-1",))
    assert [(one.path, one.count) for one in found] == [("names", 1)]
