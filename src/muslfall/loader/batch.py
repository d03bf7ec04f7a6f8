"""The batch for wasmtime: runs many programs in one process that has compiled the libraries once.

`python -m muslfall.loader.batch [LIBRARY…]`: reads a job per line, as
muslfall.hosts.batch writes them,
and answers each with a line. A program runs in a fork of this process: nothing of one program is
there for the next, and what a program does to its process ends with it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

from muslfall.base import guard
from muslfall.base.errors import MuslfallError
from muslfall.loader import main as loader

#: The keys of a job, as muslfall.hosts.batch.Job has them.
JOB = {"words", "stdin", "stdout", "stderr"}


def redirect(stdin: str, stdout: str, stderr: str) -> None:
    """Make files the standard streams; one file for both outputs is shared, as on a terminal."""
    written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.dup2(os.open(stdin, os.O_RDONLY), 0)
    os.dup2(os.open(stdout, written, 0o644), 1)
    os.dup2(1 if stderr == stdout else os.open(stderr, written, 0o644), 2)


def child(job: dict, shared: loader.Shared) -> NoReturn:
    """Run one program, as the process that ends with it."""
    status = 1
    try:
        redirect(job["stdin"], job["stdout"], job["stderr"])
        status = loader.main(job["words"], shared)
    finally:
        sys.stderr.flush()
        os._exit(status)


def run(job: dict, shared: loader.Shared) -> int:
    """The exit status of a program, as a shell has it."""
    process = os.fork()
    if process == 0:
        child(job, shared)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def read_job(line: bytes) -> dict:
    """The job in a line. Raises MuslfallError: it is none."""
    try:
        job = json.loads(line)
    except ValueError:
        job = None
    if not isinstance(job, dict) or job.keys() != JOB:
        raise MuslfallError(f"is no job: {line[:100]!r}", "stdin")
    return job


def main(argv: list[str]) -> int:
    """The worker of hosts.batch. Raises MuslfallError: a library or a job is none; OSError."""
    libraries = guard.words(argv, "muslfall.loader.batch", "[LIBRARY…]")
    try:
        from muslfall.loader.engines.wasmtime import Compiler
    except ImportError as error:
        raise MuslfallError(f"is not on PYTHONPATH: {error}", "wasmtime's Python package") from None
    # A fork has none of the threads of its parent: the engine must not have any.
    compiler = Compiler(threads=False, cache=loader.open_cache(loader.Options()))
    shared = loader.Shared(compiler)
    for path in libraries:
        shared.keep(path)
    compiler.cache = None  # each program of a batch runs once
    print("ready", flush=True)
    for line in sys.stdin.buffer:
        print(json.dumps({"status": run(read_job(line), shared)}), flush=True)
    return 0


if __name__ == "__main__":
    guard.end(main)
