"""Every kind of place in which people put secrets, and the ordinary words beside them."""

from __future__ import annotations

import shlex
import time

import pytest

from advisor.facts.redaction import without_secrets
from advisor.facts.secrecy import MARK, redact_named, redact_text, redact_words
from advisor.facts.secret_shapes import looks_secret, may_hold_secret

CANARY = "Zq7canary81"

# One command or text a line; @@ stands for the secret.
KINDS = r"""
wandb login @@
bash -c "wandb login @@"
python -c 'import os; os.environ["MY_KEY"]="@@"'
bash -c "python -c \\"import os; os.environ[\\\\\\"MY_KEY\\\\\\"]=\\\\\\"@@\\\\\\"\\""
os.environ.setdefault("MY_API_KEY", "@@")
--auth u:@@
--auth jane @@
--http-auth jane.doe @@
client --credentials jane @@ --verbose
http --auth=u:@@ GET h
curl -uu:@@ https://h
curl -u u:@@ https://h
curl -sSfu u:@@ https://h
curl -H"Authorization: Bearer @@" h
curl "-HAuthorization: Bearer @@" h
curl -H X-Api-Key:@@ h
curl -H 'X-Api-Key:@@' h
curl --header="X-Vault-Token: @@" h
curl --header "PRIVATE-TOKEN: @@" h
aws configure set aws_secret_access_key @@
aws --profile p configure set aws_secret_access_key @@
vault login @@
vault login token=@@
ngrok authtoken @@
ngrok config add-authtoken @@
mc alias set m https://h u @@
echo @@ | docker login --password-stdin
echo -n '@@' | docker login -u a --password-stdin h
bash -c "echo @@ | docker login -u u --password-stdin reg"
printf '%s' @@ | gh auth login --with-token
docker login --password-stdin <<< @@
unzip -P @@ a.zip
ldapsearch -x -w @@ -D cn=a
tailscale up --authkey @@
tailscale up --authkey=@@
huggingface-cli login --token @@
hf auth login --token @@
git clone https://u:@@@h/r
curl https://h/a?token=@@
curl 'https://h/a?x=1&sig=@@'
//u:@@@h/share
/w/https:/u:@@@h/share
type=bind,source=/usr,target=/t?token=@@,readonly=true
--mount type=bind,source=/usr,target=/t?x=1&sig=@@
MY_PW=@@
PAT=@@
AUTH=@@
SLACK_WEBHOOK=@@
SLACK_WEBHOOK_URL=https://hooks.slack.com/services/@@
--password @@
PGPASSWORD=@@ psql
export MY_TOKEN=@@
sshpass -p @@ ssh h
mysql -u root -p@@ db
redis-cli -a @@
docker login -u a -p @@
{"auth": "@@"}
{"auths":{"h":{"auth":"@@"}}}
password: @@
password: "@@"
DB_PASSWORD: @@
mount -t cifs //h/s /m -o username=a,password=@@
kubectl create secret generic a --from-literal=b=@@
openssl enc -k @@
7z x -p@@ a.7z
htpasswd -nb u @@
sqlcmd -S h -P @@
login(token="@@")
wandb.login(key="@@1234567890")
openai.api_key = "@@"
["--password", "@@"]
["sh","-c","curl -H 'Authorization: Bearer @@'"]
ALTER USER a PASSWORD '@@'
jupyter lab --NotebookApp.token=@@
jupyter lab --NotebookApp.token='@@'
jupyter notebook --ServerApp.password=@@ --ip=0.0.0.0
MINIO_ROOT_PASSWORD=@@
--requirepass @@
redis-server --requirepass @@
--api-key @@
vllm serve m --api-key @@
--hf-token @@
-e HF_TOKEN=@@
git config http.extraHeader "Authorization: Basic @@"
wget --http-password=@@
wget --header='Authorization: Bearer @@'
twine upload -p @@
rclone obscure @@
az login --service-principal -u a -p @@
"Cookie: session=@@"
curl -H "Cookie: @@"
AZURE_STORAGE_CONNECTION_STRING="DefaultEndpointsProtocol=https;AccountName=a;AccountKey=@@/aaaaaaaa;EndpointSuffix=core"
MY_KEY=@@
git clone https://oauth2:@@@gitlab.com/x
pip install --index-url https://u:@@@h/simple a
postgresql://a:@@@db/x
zip -P @@ a
passwd: @@
-p password=@@
s3fs -o passwd=@@
SECRET_KEY=@@
DJANGO_SECRET_KEY='@@'
comet login --api-key @@
neptune sync --api-token @@
gsutil -o Credentials:gs_secret_access_key=@@
runpodctl config --apiKey @@
echo "@@" > ~/.vault-token
export GITHUB_TOKEN="@@"
X_AUTH=@@
hf auth login --add-to-git-credential --token=@@
docker run --label auth=u:@@
echo machine h login u password @@ >> ~/.netrc
chpasswd <<< root:@@
echo root:@@ | chpasswd
smbclient //h/s -U u%@@
-e MSSQL="Server=db;User Id=sa;Pwd=@@;"
UID=sa;PWD=@@
Driver=ODBC Driver 18 for SQL Server;Server=db;Uid=sa;Pwd={@@}
PWD=@@;UID=sa;DATABASE=d
jdbc:oracle:thin:scott/@@@//h:1521/x
sqlplus -S scott/@@@db
impdp scott/@@ directory=d
{"name":"password","default":"@@"}
{"default":"@@","name":"hf-token"}
{"name":"hf-token","description":"of a user, of us","default":"@@"}
{"name":"hf-token","enum":["@@","other"]}
{"value":"@@","name":"HF_TOKEN"}
"environment": {"items": {"HF_TOKEN": {"value": "@@"}}}
{"HF_TOKEN": {"exclude": false, "value": "@@"}}
HF_TOKEN: {value: @@}
<password>@@</password>
<name>fs.s3a.secret.key</name><value>@@</value>
<add key="DbPassword" value="@@"/>
--key @@abcdefgh1
DBPWD=@@
LDAP_BINDPW=@@
DB_USERPASS=@@
PGPASSFILE_CONTENT=@@
API_KEY_B64=@@
SEED_PHRASE=@@
OTP=@@
PIN=@@
USER_PIN=@@
PASSWORD_SALT=@@
DB_PASSWORT_NEU=@@
KENNWORT=@@
MOT_DE_PASSE=@@
WACHTWOORD=@@
ttyd -p 7681 -c u:@@ bash
gotty --credential u:@@ bash
useradd -m -p @@ bob
smbclient //h/x @@ -c ls
curl -b "session=@@" https://h
kaggle config set -n key -v @@abcdefgh1
conda install -c https://h/t/@@/x a
echo @@ | sshfs -o password_stdin u@h:/x /y
echo @@ | gpg --batch --passphrase-fd 0 a.gpg
kinit u <<< @@
cryptsetup luksOpen /dev/x y <<< @@
python -c "from huggingface_hub import login; login('@@')"
smtp.login('u@h', '@@')
expect -c 'spawn ssh h; expect "assword:"; send "@@\r"'
docker run --mount type=volume,src=v,dst=/m,volume-opt=password=@@ img
mount -t cifs -o user=u%@@,vers=3.0 //h/s /m
http_proxy=u:@@@proxy:3128
ceph -m u:@@@h:6789
BLOB=https://h/;SharedAccessSignature=sv=2020&sig=@@
X_KEY=$(echo @@)
SSH_PRIVATE_KEY=$(printf '%s' @@)
wg set wg0 peer P preshared-key <(echo @@)
ADMIN_PASS_HASH=@@
DB_PASSWORD_FILE_CONTENT=@@
TOTP_SEED=@@
python a.py ++secrets.hf=@@abcdefgh
spark-submit --conf spark.hadoop.fs.azure.account.key.a.blob.core.windows.net=@@abcdefgh
vault write auth/approle/login role_id=r secret_id=@@abcdefgh
sonar-scanner -Dsonar.login=@@abcdefgh
curl -H "X-JFrog-Art-Api: @@abcdefgh" h
curl --cert c.pem:@@ https://h
curl https://api.telegram.org/bot123456789:@@/sendMessage
docker login -u=u -p=@@ nvcr.io
ctr images pull --user u:@@ nvcr.io/x
mysqladmin -u root password @@
nmcli dev wifi connect s password @@
cqlsh -u u -p @@ h
rdesktop -u u -p @@ h
influx write -t @@ -b b
pulumi config set --secret dbPassword @@
composer config http-basic.r u @@
keytool -import -storepass x -keypass @@
setenv API_KEY @@
set -gx API_KEY @@
mpirun -genv HF_TOKEN @@ -np 8 python train.py
echo @@ | vncpasswd -f
vncpasswd -f <<< @@
cat <<< "@@" | docker login -u u --password-stdin
yq -i '.auth.password = "@@"' f
requests.get("h", auth=("u", "@@"))
passwd("@@")
cvs -d :pserver:u:@@@h:/r login
sh -c 'redis-server --requirepass='"'"'@@'"'"' --port 1'
sh -c 'mysql -uroot -p'\''@@'\'' db'
ZENKEY_@@0123456789
"--password" "@@"
"""

ORDINARY = """
environment: {X_TOKEN: "${HF_TOKEN}"}
environment: {X_TOKEN: ${HF_TOKEN}, Y: 1}
args: [--password, "$(PASSWORD)"]
unknown flag --passwrd (did you mean --password?)
--password: did you mean --password-file
--tokenizer gpt2
MAX_TOKENS=4096
--key-frames 10
tokenizer_path=/x
AUTHOR=jane
PATH=/usr/bin:/bin
PWD=/home/x
MONKEY=banana7
--sort-key created_at
SORT_KEY=id
--auth basic
--auth jane train_v2.py
--login jane --model resnet50x8
Password: ask your admin
Token: please contact IT, room 4b12
password: see https://wiki/x1
# the secret: put it into vault 7
AUTH=none
AUTH_TYPE=basic
no such option: --tokn; did you mean --token?
the flag --password needs a value
KEY        VALUE
NAME   KEY   TYPE
docker run -v secret:/x lab/secret:v1
reg/team/authors:1.2
--pattern *.py
PATTERN=*.txt
COMPASS=north1
Basic Authentication required
Bearer authentication failed
pass 2 of 3
--max-token 512
key: value1
PUBLIC_KEY=/root/.ssh/id_rsa.pub
python train.py --model gpt2 --tokens-per-batch 4096
docker compose -p myproject up
ssh -p 2222 host
-p 8888:8888
-u 1000:1000
curl -fsSL https://get.docker.com
nvidia/cuda:12.1.0-base-ubuntu22.04
python -m torch.distributed.run --nproc_per_node=8 train.py --seed 42
TOKENIZERS_PARALLELISM=false
HF_HOME=/data/hf
WANDB_MODE=offline
WANDB_PROJECT=login
login to the registry first
docker login registry.example.com
echo done | tee log
echo hi | sudo tee /etc/x
bypass=1
--compass 12
the token is not valid
basic authentication is required
Bearer token missing
x: y@z
user@host:/path
git@github.com:org/repo.git
reg:5000/team/x:1@sha256:0000000000000000000000000000000000000000000000000000000000000000
a:b=c
secret/mysecret
imagePullSecrets: regcred
nodeSelector: kubernetes.io/hostname
--from-literal=KEY=$KEY
api.openai.com/v1
can't reach h: connection refused
it isn't known which machine has /data, since 'x' wasn't listed
--help shows "how" to use
the Secret train-secrets has no key TOKEN
kubernetes.io/arch: amd64
--token $TOKEN
author: jane doe
keyboard: us101
PWD=/work;ls
cd /x; PWD=/home/x; SERVER=a
bypass_filter=high9
COMPASS=north1
--lowpass 0.5
LED_PIN=gpio18a
pin_memory: true
--salt 0.15
expect that we send messages
{"name":"password","description":"what it is"}
- name: epochs\n  default: run2024
{"name": "a", "valueFrom": {"secretKeyRef": {"name": "hf", "key": "token"}}}
curl -b cookies.txt https://h
ttyd -p 7681 bash -c top
sqlplus /nolog
sqlldr control=data/load.ctl
smbclient //h/x -c ls
conda install -c conda-forge -c https://repo.example.com/pkgs/main a
--key some-word
kaggle config set -n competition -v titanic
s.tensorflow2torchConversions()
LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUM
docker run -u root -p 8080:80 -p 127.0.0.1:53:53/udp nginx:1.25
docker run -u dev1 -p $PORT:22 img:1
mysql -u root -p db1
psql -U user1 -p 5432 db1
curl -u user1 https://h/x
curl -H "Range: bytes=0-1023" -H "X-Request-Id: 0a1b2c3d4e5f6a7b8c9d" https://h
mpirun -np 16 -H gpu-a:8,gpu-b:8 -x HF_TOKEN python3 train.py
docker login -u AWS --password-stdin 123456789012.dkr.ecr.us-east-1.amazonaws.com
docker build --secret id=hf,src=token1.txt -t img:1 .
docker service create --secret db_password --name svc1 img:1
kubectl create secret generic hf --from-file=token=./token1.txt
runai training submit t1 --env-secret HF_TOKEN=name=hf1,key=token1 -i img:1
mount -t cifs -o credentials=/etc/cifs1.cred,uid=1000 //nas1/share1 /mnt
bash -c "wandb login $WANDB_API_KEY && python3 t.py"
token: ${{ secrets.GITHUB_TOKEN2 }}
password: {{ .Values.pw1 }}
secrets:\n  - hf_token
imagePullSecrets:\n- name: regcred1
gh auth login --with-token\ndocker build -t a1 .
{"password": {"$ref": "#/$defs/a1"}}
"Authorization": null,\n}
gdown --id 1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms
LICENSE=Apache-2.0
MLM_LICENSE_FILE=27000@lic1.example.com
AUTH_REALM=lab1
mailto:jane42@example.com
python train.py --data.key image1 tokenizer.name=gpt2
<p>the password</p>
"""


@pytest.mark.parametrize("kind", KINDS.strip().splitlines())
def test_a_secret_is_taken_out_wherever_it_stands(kind: str) -> None:
    text = kind.replace("@@", CANARY)
    assert CANARY in text
    shown, count = redact_text(text)
    assert CANARY not in shown
    assert count >= 1
    assert redact_text(shown) == (shown, 0)
    assert CANARY not in redact_words(["bash", "-c", text])[0][2]


@pytest.mark.parametrize("kind", [one for one in KINDS.strip().splitlines() if "'" not in one])
def test_a_secret_is_taken_out_of_a_quoted_script(kind: str) -> None:
    text = f"bash -lc {shlex.quote(kind.replace('@@', CANARY))}"
    assert CANARY not in redact_text(text)[0]


@pytest.mark.parametrize("text", ORDINARY.strip().splitlines())
def test_ordinary_words_stay(text: str) -> None:
    assert redact_text(text) == (text, 0)


LINES = {
    "a key on a line of its own": "? HF_TOKEN\n: @@\n",
    "a key in quotes on a line of its own": "x:\n  ? 'HF_TOKEN'\n  : \"@@\"\n",
    "a key between": "- name: HF_TOKEN\n  x: y\n  value: @@\n",
    "an object between": "-\n  name: HF_TOKEN\n  x: {a: b}\n  value: @@\n",
    "a list between": "- name: HF_TOKEN\n  x:\n  - a\n  - b\n  value: @@\n",
    "the value first": "- value: @@\n  x: {a: b}\n  name: HF_TOKEN\n",
    "a comment between": "token:\n  # of a user\n\n  @@\n",
    "the name on a line of its own": "- name:\n    HF_TOKEN\n  value: >-\n    @@\n",
    "a block": "password: |\n  @@\n  a: @@\nuser: x\n",
    "a block first": "- value: |\n    @@\n  name: HF_TOKEN\n",
    "a list of values": "- key: HF_TOKEN\n  operator: In\n  values:\n  - @@\n  - '@@'\n",
    "under its name": "HF_TOKEN:\n  exclude: false\n  note:\n    a: b\n  value: @@\n",
    "a tag": "- name: !!str HF_TOKEN\n  value: !!str @@\n",
    "an anchor": "- name: &a HF_TOKEN\n  value: &b '@@'  # of a user\n",
    "on one line": '{"name": "HF_TOKEN", "x": {"a": 1}, "value": "@@"}',
    "the value first on one line": '{"value": "@@", "x": {"a": 1}, "name": "HF_TOKEN"}',
    "objects of a list": "env:\n- name: A\n  value: b\n- name: X_KEY\n  z: 1\n  value: @@\n",
}


@pytest.mark.parametrize("kind", LINES)
def test_lines_of_an_object_tell_what_is_secret_whatever_is_between(kind: str) -> None:
    for text in (LINES[kind], f"kubectl apply -f - <<EOF\n{LINES[kind]}EOF\n"):
        shown = redact_text(text.replace("@@", CANARY))[0]
        kept = [line for line in text.splitlines() if "@@" not in line]
        assert CANARY not in shown
        assert [line for line in shown.splitlines() if MARK not in line] == kept
        assert redact_text(shown) == (shown, 0)


def test_what_follows_an_object_is_none_of_its_values() -> None:
    text = "secretVolumes:\n  items: {a: b}\nEOF\n  run 'x/y1:2'\nPassword:\nthe rest\n  of it1\n"
    assert redact_text(text) == (text, 0)


# What a vendor's token begins with and what stands behind it.
SHAPES = r"""
glrtr-@@ GR1348941@@ ATATT3xFfGF0@@ nfp_@@ CCIPAT_@@ bkua_@@ dt0c01.@@.@@ abc8Q~@@ ABSK@@
s.@@abcde tgp_v1_@@ rpa_@@ jina_@@ pcsk_@@ csk-@@ esecret_@@ fw_@@ LS0tLS1CRUdJTiBSU0EgUFJJ@@
"""


@pytest.mark.parametrize("shape", SHAPES.split())
def test_a_vendors_token_tells_by_itself(shape: str) -> None:
    token = shape.replace("@@", "Zq7canary9xW4vN2pLk")
    assert redact_text(f"run.sh {token} --epochs 3") == ("run.sh [redacted] --epochs 3", 1)
    assert may_hold_secret(token)


def test_keys_of_okta_and_putty_are_told_by_what_stands_around_them() -> None:
    assert redact_text("SSWS 00Zq7canary9xW4vN2pLk") == ("SSWS [redacted]", 1)
    key = "PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 0123456789\nx"
    assert redact_text(key) == ("[redacted]\nx", 1)


def test_what_an_object_holds_is_judged_by_its_name_in_any_order() -> None:
    value = {
        "parameters": [
            {"default": CANARY, "description": "d", "name": "hf-token", "enum": [CANARY, "b1c"]},
            {"name": "epochs", "default": "run7", "enum": ["run7"]},
        ],
        "items": {"HF_TOKEN": {"exclude": False, "value": CANARY}, "MODE": {"value": "a1"}},
    }
    assert without_secrets(value) == {
        "parameters": [
            {"default": MARK, "description": "d", "name": "hf-token", "enum": [MARK, MARK]},
            {"name": "epochs", "default": "run7", "enum": ["run7"]},
        ],
        "items": {"HF_TOKEN": {"exclude": False, "value": MARK}, "MODE": {"value": "a1"}},
    }


LARGE = {
    "names of objects": '{"name": "a", ' * 10_000,
    "values of objects": '"value": "a", ' * 10_000,
    "keys of a connection": "uid=a;pwd" * 10_000,
    "elements": "<a>b" * 20_000,
    "calls of login": "login('a'," * 10_000,
    "what expect sends": "expect -c assword send " * 5_000,
    "equal signs": "a=" * 100_000,
    "a name again and again": "token=" * 20_000,
    "quotes": "\"'" * 20_000,
    "escaped quotes": '"' + '\\"' * 50_000,
    "a list of words": "ab " * 100_000,
    "one long word": "x" * 2_000_000,
    "openings": "$(" * 20_000,
    "logins": "//u:" * 50_000,
    "at signs": "a:b@" * 50_000,
    "private keys": "-----BEGIN PRIVATE KEY-----" * 5_000,
    "scripts": "sh -c '" * 2_000,
    "positions": "mc alias set a b c d " * 5_000,
    "echoes": "echo " * 50_000,
    "back slashes": "\\" * 500_000,
    "tokens": "eyJ" * 50_000,
    "pairs in quotes": "'a=\"b' " * 10_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_no_text_takes_long_or_deep(text: str) -> None:
    started = time.process_time()
    redact_text(text)
    redact_words(text.split())
    assert time.process_time() - started < 5


@pytest.mark.parametrize("kind", KINDS.strip().splitlines())
def test_no_kind_is_passed_over_unseen(kind: str) -> None:
    assert may_hold_secret(kind.replace("@@", CANARY))


def test_a_usual_manifest_is_passed_over() -> None:
    text = "image: reg.example.com/a/b:1\nargs: [python, train.py]\npath: /raid\nnvidia.com/gpu: 1"
    assert not may_hold_secret(text)


@pytest.mark.parametrize("reference", ['"$env:NGC_API_KEY"', "$Env:KEY_1", "${env:KEY}", "%TOKEN%"])
def test_what_windows_shells_hold_is_no_secret(reference: str) -> None:
    text = f"docker run -e NGC_API_KEY={reference} img"
    assert redact_text(text) == (text, 0)


def test_an_image_with_its_digest_is_no_secret() -> None:
    assert not looks_secret("PIN", f"a/b@sha256:{'0a' * 32}")
    assert looks_secret("PIN", "a/b@sha256:0a")


@pytest.mark.parametrize("unseen", ["\ufffd", "\u200b", "\u00ad"])
def test_a_character_that_nobody_sees_parts_no_name(unseen: str) -> None:
    document = f"API_TOK{unseen}EN: x1y2z3x1y2z3x1y2"
    assert redact_named(f"API_TOK{unseen}EN", "x1y2z3x1y2z3x1y2") == MARK
    assert may_hold_secret(document)
