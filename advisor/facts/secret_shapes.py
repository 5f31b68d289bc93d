"""How a secret is recognised: by the name it goes under, or by the shape of its value."""

from __future__ import annotations

import re
from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

ANYWHERE = _words(
    "BASICAUTH PASSWORD PASSWORDS PASSWD PASSPHRASE SECRET SECRETS CREDENTIAL CREDENTIALS"
)
AT_THE_END = _words("TOKEN PASS PWD PAT AUTHORIZATION BEARER")
COMPOUND_ENDINGS = (
    *("PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "APIKEY", "ACCESSKEY", "SECRETKEY"),
    *("PRIVATEKEY", "AUTHTOKEN", "ACCESSTOKEN", "APITOKEN", "GITHUBTOKEN", "HFTOKEN", "SSHPASS"),
)
KEY_OWNERS = _words(
    "API ACCESS SECRET PRIVATE ENCRYPTION SIGNING MASTER AUTH LICENSE SERVICE STORAGE ACCOUNT"
    " SHARED DEPLOY JWT APP APPLICATION SESSION CONSUMER WEBHOOK SUBSCRIPTION FERNET KAGGLE OPENAI"
    " ANTHROPIC WANDB COMET NEPTUNE NGC HF HUGGINGFACE AZURE GROQ MISTRAL COHERE"
)
EXACT = _words("REDISCLI_AUTH NEO4J_AUTH FLOWER_BASIC_AUTH NPM_CONFIG__AUTH _AUTH")

# What a name that ends so holds is about a secret, not one.
ABOUT = _words(
    "FILE FILES PATH PATHS DIR DIRECTORY NAME USERNAME USER URL URI ENDPOINT HOST LENGTH LEN SIZE"
    " LIMIT COUNT TTL EXPIRY EXPIRATION TIMEOUT TYPE METHOD MODE ID IDS HELPER STORE PROVIDER"
    " BACKEND SERVICE POLICY VERSION PARALLELISM ENABLED REQUIRED SOCK ALGORITHM"
)
# Tokens that a language model reads, and numbers of them.
TOKEN_COUNTERS = _words(
    "MAX MIN NUM N PAD EOS BOS UNK SEP CLS MASK STOP START END SPECIAL PER TOTAL CONTEXT FIRST LAST"
    " NEXT PROMPT IMAGE VISUAL TEXT NEW EOT EOD CLASS LATENT REGISTER"
)
SWITCHES = _words("NO ALLOW DISABLE ENABLE REQUIRE SKIP HAS IS WITHOUT NCCL")
NOT_SECRET = frozenset({"GOOGLE_APPLICATION_CREDENTIALS"})
TRIVIAL = frozenset({"", "true", "false", "yes", "no", "on", "off", "none", "null"})
LONGEST_TRIVIAL_NUMBER = 3

# A user and a password before an image's registry: no runtime takes them, but people write them.
IMAGE_LOGIN = re.compile(
    r"(?<![\w.:/@$}-])[\w.-]+:(?!\$\{|\$[A-Z_])[^\s/\"']{1,256}"
    r"(?=@(?!sha\d+:)(?:[\w.-]|\$\{?\w+\}?)+(?::\d+)?/)"
)
SHAPES = tuple(
    re.compile(shape, re.DOTALL)
    for shape in (
        IMAGE_LOGIN.pattern,
        r"\b(?:gh[opusr]_|github_pat_)[A-Za-z0-9_]{16,}",
        r"\bglpat-[A-Za-z0-9_-]{16,}",
        r"\bhf_[A-Za-z0-9]{16,}",
        r"\bsk-[A-Za-z0-9_-]{16,}",
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
        r"\bAIza[0-9A-Za-z_-]{30,}",
        r"\bya29\.[0-9A-Za-z_-]{20,}",
        r"\bnpm_[A-Za-z0-9]{30,}",
        r"\bdckr_[po]at_[A-Za-z0-9_-]{16,}",
        r"\bnvapi-[A-Za-z0-9_-]{20,}",
        r"\bpypi-[A-Za-z0-9_-]{30,}",
        r"\bwandb_v1_[A-Za-z0-9_]{16,}",
        r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        r"(?<=[Bb]earer )[A-Za-z0-9._~+/=-]{12,}",
        r"(?<=AccountKey=)[A-Za-z0-9+/=]{12,}",
    )
)
# One of these is in whatever has one of the shapes; looking for them takes a fraction of the time.
SIGNS = (
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "hf_", "sk-", "AKIA"),
    *("ASIA", "xox", "AIza", "ya29.", "npm_", "dckr_", "nvapi-", "pypi-", "wandb_v1_", "SG."),
    *("eyJ", "PRIVATE KEY", "earer ", "AccountKey=", "://", "@"),
)
SHORTEST = len("a:b@c/")
URL_CREDENTIALS = re.compile(
    r"(?<=://)(?:[^\s/@:?#\"'$]*:(?!\$\{|\$[A-Z_])[^\s/?#\"']+|[A-Za-z0-9_.~-]{20,})(?=@)"
)


def looks_secret(name: str, value: str = "") -> bool:
    """Whether what goes under `name` is likely a secret; `value` is judged by its shape too.

    Files, counters and switches about a secret (PASSWORD_FILE, MAX_TOKENS) are not one.
    """
    if has_secret_shape(value):
        return True
    if value and is_trivial(value):
        return False
    return _named_secret(name)


def is_trivial(value: str) -> bool:
    """Whether a value is empty, a switch or a small number, and so tells nothing to anybody."""
    return value.lower() in TRIVIAL or (value.isdecimal() and len(value) <= LONGEST_TRIVIAL_NUMBER)


def has_secret_shape(value: str) -> bool:
    """Whether a known form of token, key or URL credentials is somewhere in `value`."""
    if len(value) < SHORTEST or not any(sign in value for sign in SIGNS):
        return False
    return any(shape.search(value) for shape in (*SHAPES, URL_CREDENTIALS))


@lru_cache(maxsize=4096)
def _named_secret(name: str) -> bool:
    """Whether the name alone says secret."""
    upper = name.upper().lstrip("-").replace("-", "_")
    words = [word.upper() for word in WORD.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words or upper in NOT_SECRET:
        return False
    if upper in EXACT or words[-3:] == ["ACCESS", "KEY", "ID"]:
        return True
    if words[-1] in ABOUT or words[0] in SWITCHES:
        return False
    return _secret_words(words)


def _secret_words(words: list[str]) -> bool:
    """Whether the words of a name, none of them a qualifier, say secret."""
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if ANYWHERE.intersection(words) or last.endswith(COMPOUND_ENDINGS):
        return True
    if last == "KEY":
        return before in KEY_OWNERS
    if last in ("PWD", "PAT"):
        return before not in ("", "OLD")
    return last in AT_THE_END and before not in TOKEN_COUNTERS
