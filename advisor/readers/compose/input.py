"""A compose file as an input: its profiles, its env files, and what stands beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping

from advisor.errors import InputError
from advisor.files import is_foreign, leads_out
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word, word
from advisor.readers.compose.interpolation import as_word
from advisor.readers.compose.reader import read_compose
from advisor.readers.compose.siblings import base_beside, files_needed
from advisor.readers.result import Input, Outcome, ReadOptions
from advisor.readers.text import read_beside, read_text


def read_compose_file(source: Input, text: str, options: ReadOptions) -> Outcome:
    """The services of a compose file; one that is no project by itself goes over the one beside it.

    Raises InputError for a file that cannot be read as compose.
    """
    files = {
        source.file: text,
        **{path: read_beside(path, options.most_bytes) for path in source.more},
    }
    try:
        outcome = _compose_jobs(source, files, options)
        return outcome._replace(notes=(*source.notes, *outcome.notes))
    except InputError as error:
        base = base_beside(source.file) if options.beside else None
        if base is None:
            raise
        try:
            outcome = _compose_jobs(
                source, {base: read_beside(base, options.most_bytes), **files}, options
            )
        except InputError:
            raise error from None
        note = f"{source.file}: read as one that goes over {base}"
        return outcome._replace(notes=(note, *outcome.notes))


def _compose_jobs(source: Input, files: Mapping[str, str], options: ReadOptions) -> Outcome:
    """The services that start, and a note on those that only a profile starts."""
    folder = os.path.dirname(source.file)

    def env_file(name: str, known: Mapping[str, str | Word] | None) -> dict[str, str | Word] | None:
        if not options.beside or is_foreign(name, folder, source.top):
            return None
        return read_env_file(os.path.join(folder, name), known)

    whole = dict(files)
    if options.beside:
        whole |= files_needed(files, source.top, lambda path: read_beside(path, options.most_bytes))
    dotenv = env_file(".env", options.environment) or {}
    environment = {**dotenv, **options.environment}
    stated = as_word(environment.get("COMPOSE_PROFILES", "")).text
    profiles = options.profiles or tuple(profile.strip() for profile in stated.split(","))

    def read(profiles: Collection[str]) -> tuple[JobSpec, ...]:
        return read_compose(
            whole,
            env=environment,
            profiles=profiles,
            env_files=env_file,
            folder=os.path.abspath(folder) if source.text is None else "",
        )

    jobs = read(profiles)
    texts = "\n".join(whole.values())
    absent = [name for name in options.profiles if name != "*" and name not in texts]
    if absent:
        note = f"{source.file}: no service has the profile {', '.join(absent)}"
        return Outcome(jobs=jobs, notes=(note,))
    if "profiles" not in texts:
        return Outcome(jobs=jobs)
    started = {job.id for job in jobs}
    left = [job for job in read("*") if job.id not in started]
    if not left:
        return Outcome(jobs=jobs)
    names = ", ".join(job.label.removeprefix("service ") for job in left)
    if not jobs and not any(profiles):
        # whoever keeps such a file starts one or another: each is a job of theirs
        return Outcome(jobs=tuple(left), notes=(f"{source.file}: {_ALL_READ.format(names)}",))
    return Outcome(jobs=jobs, notes=(f"{source.file}: {_PROFILES.format(names)}",))


_PROFILES = "left out, since only a profile starts them: {}; --profile NAME switches one on"
_ALL_READ = "nothing starts without a profile, so all is read: {}; --profile NAME chooses"


MOST_BYTES = 2**20

_SKIPPED = re.compile(r"(?:\s+|#[^\n]*)*")
_NAME = re.compile(r"(?:export[ \t]+)?(?P<name>[\w.\[\]-]+)[ \t]*(?P<sign>[=:\n]|\Z)[ \t]*")
_VALUE = re.compile(
    r"\"(?P<double>(?:\\.|[^\"\\])*)\"[^\n]*"
    r"|'(?P<single>(?:\\.|[^'\\])*)'[^\n]*|(?P<plain>[^\n]*)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "$": "\\$", '"': '"', "\\": "\\"}


def read_env_file(
    path: str, known: Mapping[str, str | Word] | None = None
) -> dict[str, str | Word] | None:
    """The variables of the file; None when it is not there, no file, no text, or a link out of its
    folder. What `known` has fills in references; without it they are text."""
    if not os.path.isfile(path) or leads_out(path):
        return None
    try:
        content = read_text(path, most=MOST_BYTES)
    except InputError:
        return None
    return parse_dotenv(content.text, known) if content else None


def parse_dotenv(text: str, known: Mapping[str, str | Word] | None = None) -> dict[str, str | Word]:
    """The variables of the text, a later one in place of an earlier. References that neither
    `known` nor an earlier line settles stay expansions.

    A name alone takes what `known` has of it. A line that compose refuses is passed over.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    variables: dict[str, str | Word] = {}
    end = 0
    while (start := _after(_SKIPPED, text, end)) < len(text):
        name = _NAME.match(text, start)
        if name is None:
            end = text.find("\n", start) + 1 or len(text)
            continue
        end = name.end()
        if name["sign"] not in ("=", ":"):
            if known is not None and name["name"] in known:
                variables[name["name"]] = known[name["name"]]
            continue
        match = _VALUE.match(text, end)
        assert match is not None  # a value may be empty
        end, value = match.end(), _value(match)
        if "$" not in value or match["single"] is not None:
            variables[name["name"]] = value
        elif known is None:
            variables[name["name"]] = value.replace(_DOLLAR, "$")
        else:
            filled = _filled(value, {**variables, **known})
            variables[name["name"]] = filled if filled.literal is None else filled.literal
    return variables


def _after(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _filled(value: str, known: Mapping[str, str | Word]) -> Word:
    from advisor.readers.compose.interpolation import interpolate

    try:
        return interpolate(value.replace(_DOLLAR, "$$"), known)
    except ValueError:
        return word(value.replace(_DOLLAR, "$"))


_DOLLAR = "\\$"
"""A dollar sign that is text."""


def _value(match: re.Match[str]) -> str:
    """The value as compose has it: a comment needs a space before it, also behind nothing."""
    if match["single"] is not None:
        return match["single"].replace("\\'", "'")
    if match["double"] is not None:
        return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[0]), match["double"])
    return match["plain"].partition(" #")[0].rstrip()
