"""A compose file as an input: what stands beside it, its profiles, and what they leave out."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from advisor.errors import InputError
from advisor.files import is_foreign
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word
from advisor.readers.compose.interpolation import as_word
from advisor.readers.compose.reader import read_compose
from advisor.readers.compose.siblings import base_beside, files_needed
from advisor.readers.dotenv import read_env_file
from advisor.readers.result import Input, Outcome, ReadOptions
from advisor.readers.text import read_beside


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
