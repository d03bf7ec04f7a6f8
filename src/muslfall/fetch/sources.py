"""The sources of a pinned file: mirror, registry client, public URL.

A source brings the file to a path on the store's disk and vouches for nothing; the store
compares it with its pin. Registries are reached through their own clients, which know from
the user's configuration where their registry is.
"""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest
from muslfall.base.printable import last_line
from muslfall.base.trees import walk
from muslfall.fetch import apt
from muslfall.fetch.store import is_disk_full
from muslfall.pins.release import File, Release, check_requirement

#: Seconds between two looks at what a registry's client has written.
POLL = 0.2
#: The Python that pip selects wheels for: any that every pinned wheel runs on. The wheels
#: are for every Python 3, but some declare a newer one for their own tooling.
PIP_PYTHON = "3.13"


class SourceError(MuslfallError):
    """A source does not have the file, or cannot be reached."""


@dataclass(frozen=True)
class Job:
    """One file to bring.

    work: an empty folder of a workspace; partial: where a download is kept to be resumed;
    advance: to be told how many bytes are there.
    """

    release: Release
    file: File
    work: Path
    partial: Path
    advance: Callable[[int], None] = lambda done: None


class Source:
    """A place that may have the file. `name` is how messages call it."""

    name = "source"

    def fetch(self, job: Job) -> Path:
        """Bring the file; returns where it is. Raises SourceError or HttpError."""
        raise NotImplementedError


class HttpSource(Source):
    """A file at an address."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url

    def fetch(self, job: Job) -> Path:
        from muslfall.fetch import http

        resumed = job.partial.exists()
        with http.make_session() as session:
            http.download(session, self.url, job.partial, job.file.size, job.advance)
            if resumed and digest(job.partial) != job.file.sha256:
                # What an earlier run left may have come from somewhere else.
                job.partial.unlink()
                http.download(session, self.url, job.partial, job.file.size, job.advance)
        return job.partial


class PipSource(Source):
    """A wheel or an sdist, by pip, from the index that pip is configured for."""

    name = "pip"

    def fetch(self, job: Job) -> Path:
        wanted = job.work / "requirements.txt"
        wanted.write_text(f"{asked(job)} --hash=sha256:{job.file.sha256}\n")
        found = job.work / "found"
        argv = [sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-deps"]
        argv += ["--no-cache-dir", "--disable-pip-version-check", "--no-input"]
        argv += ["--progress-bar=off", "--require-hashes", *self.target(job)]
        argv += ["--dest", str(found), "--requirement", str(wanted)]
        run_client(argv, job)
        return only_file(found, self.name)

    def target(self, job: Job) -> list[str]:
        """The options that make pip choose the job's file, whatever machine this is.

        pip asks an sdist for its metadata, and for that runs its build backend, once its hash is
        found to be right; what that backend requires comes as pip is configured to bring it.
        """
        name = job.file.name
        if name.endswith(".tar.gz"):
            return [f"--no-binary={asked(job).partition('=')[0]}"]
        tags = name.removesuffix(".whl").split("-")[-3:]
        if len(tags) < 3:
            raise SourceError(f"{name} is not the name of a wheel", self.name)
        argv = ["--only-binary=:all:", "--python-version", PIP_PYTHON, "--implementation", "py"]
        return argv + ["--abi", "none", "--platform", tags[-1].split(".")[0]]


class NpmSource(Source):
    """A package's tarball, by npm, from the registry that npm is configured for."""

    name = "npm"

    def fetch(self, job: Job) -> Path:
        found = job.work / "found"
        found.mkdir()
        argv = ["npm", "pack", "--silent", "--pack-destination", str(found)]
        run_client([*argv, asked(job)], job)
        return only_file(found, self.name)


class AptSource(Source):
    """A Debian package, by apt, or the upstream tarball of a source package."""

    name = "apt"

    def fetch(self, job: Job) -> Path:
        package = asked(job).partition("=")[0]
        first = job.release.facts.get("suite")

        def run(argv: list[str], folder: Path) -> str:
            return run_client(argv, job, folder)

        binary = job.file.name.endswith(".deb")
        sha256 = job.file.sha256
        return apt.fetch_tarball(package, sha256, job.work, str(first or ""), run, binary=binary)


REGISTRIES = {"pip": PipSource, "npm": NpmSource, "apt": AptSource}


def asked(job: Job) -> str:
    """The words that the client is asked for. Raises MuslfallError: it would be an option, or more,
    to it."""
    check_requirement(job.release.registry, job.release.requirement)
    return job.release.requirement


def chain(release: Release, file: File, environ: Mapping[str, str] = os.environ) -> list[Source]:
    """The sources of a file in the order in which they are tried."""
    sources: list[Source] = []
    if mirror := environ.get("MUSLFALL_MIRROR"):
        sources.append(HttpSource("mirror", f"{mirror.rstrip('/')}/sha256/{file.sha256}"))
    if release.registry in REGISTRIES:
        sources.append(REGISTRIES[release.registry]())
    if file.url:
        sources.append(HttpSource("public URL", file.url))
    return sources


def run_client(argv: list[str], job: Job, folder: Path | None = None) -> str:
    """Run a registry's client in a folder of the job and return what it prints.

    Its temporary files stay in the job's folder, which is also how its progress is seen.
    Raises SourceError in the client's own words, OSError (ENOSPC) when they say that the
    disk is full.
    """
    temporary = job.work / "client"
    temporary.mkdir(exist_ok=True)
    environ = {**os.environ, "TMPDIR": str(temporary), "LC_ALL": "C"}
    output, errors = temporary / "stdout", temporary / "stderr"
    try:
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(
                argv,
                cwd=folder or job.work,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
            watch(process, job)
    except FileNotFoundError:
        raise SourceError("is not installed", argv[0]) from None
    text = output.read_text(encoding="utf-8", errors="replace")
    if process.returncode:
        words = errors.read_text(encoding="utf-8", errors="replace") + text
        if is_disk_full(words):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(job.work))
        hint = NETWORK if UNREACHED.search(words) else None
        raise SourceError(said(words) or f"ended with {process.returncode}", argv[0], hint)
    return text


def watch(process: subprocess.Popen, job: Job) -> None:
    """Wait for a client, telling how far it is; it does not outlive us where we can help it."""
    try:
        while process.poll() is None:
            job.advance(min(largest(job.work), job.file.size))
            time.sleep(POLL)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def largest(folder: Path) -> int:
    """The size of the largest file below a folder in which another process is at work."""
    sizes = [0]
    for entry in walk(folder):
        with suppress(OSError):
            if not entry.is_dir(follow_symlinks=False):
                sizes.append(entry.stat(follow_symlinks=False).st_size)
    return max(sizes)


def only_file(folder: Path, name: str) -> Path:
    """The one file that a client has put into a folder."""
    files = sorted(folder.glob("*"))
    if len(files) != 1:
        raise SourceError(f"brought {len(files)} files instead of one", name)
    return files[0]


#: What pip, npm and apt say when they reach nobody.
UNREACHED = re.compile(
    r"NewConnectionError|NameResolutionError|Temporary failure (in name resolution|resolving)"
    r"|Name or service not known|Could not (resolve|connect)|Network is unreachable"
    r"|Connection (refused|timed out)|ConnectTimeoutError|ProxyError|Cannot initiate the connection"
    r"|\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b"
)
#: What to do about it.
NETWORK = "the network, and the client's own configuration; or MUSLFALL_MIRROR=http://HOST"


def said(words: str) -> str:
    """What a client's output means, on one line: no network where there is none, else its words."""
    found = UNREACHED.search(words)
    return f"cannot reach its registry: {found[0]}" if found else telling_line(words)


def telling_line(text: str) -> str:
    """The line of a client's output that says best what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marked = [line for line in lines if line.lower().startswith(("error", "e:", "npm err"))]
    return last_line("\n".join(marked or lines))[:300]
