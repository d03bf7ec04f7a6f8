"""Runs many command lines of the Python loader in one process, as wasm_js_driver.js does.

    python loader_driver.py < [{ argv, files }…]

files: path to base64, instead of what is on disk. Prints [{ status, stdout, stderr }…], in base64.
"""

import json
import os
import sys
import tempfile
from base64 import b64decode, b64encode
from contextlib import contextmanager

from muslfall.loader import main as loader
from muslfall.loader.engines import wasmtime as compiler

shared = loader.Shared(compiler.Compiler())


@contextmanager
def captured():
    """What is written to stdout and stderr, as two files."""
    saved = [os.dup(fd) for fd in (1, 2)]
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        os.dup2(stdout.fileno(), 1)
        os.dup2(stderr.fileno(), 2)
        try:
            yield stdout, stderr
        finally:
            for fd, old in zip((1, 2), saved, strict=True):
                os.dup2(old, fd)
                os.close(old)


def run(job: dict) -> dict:
    shared.files = {path: b64decode(data) for path, data in job.get("files", {}).items()}
    with captured() as (stdout, stderr):
        status = loader.main(job["argv"], shared)
        sys.stderr.flush()
        return {"status": status, "stdout": content(stdout), "stderr": content(stderr)}


def content(file) -> str:
    file.seek(0)
    return b64encode(file.read()).decode()


print(json.dumps([run(job) for job in json.load(sys.stdin)]))
