"""Batches: a worker's protocol, its replacement, and programs in the workers of both hosts."""

import sys
import threading
import time

import pytest
from kit.engine_v8 import WASM_JS
from kit.loader_cases import assemble, assemble_all

from muslfall.base.errors import MuslfallError
from muslfall.hosts import batch, engines
from muslfall.hosts import command as host
from muslfall.hosts.batch import Job, Worker

#: Answers a job by its first word: a status, or how to misbehave.
FAKE = """
import json, os, sys, time
print("ready", flush=True)
for line in sys.stdin:
    word = json.loads(line)["words"][0]
    if word == "die":
        sys.exit(3)
    if word == "hang":
        time.sleep(100)
    print(json.dumps({"status": os.getpid() if word == "pid" else int(word)}), flush=True)
"""


def job(*words: str) -> Job:
    return Job(list(words), "in", "out", "err")


@pytest.fixture
def worker():
    made = Worker(host.Command([sys.executable, "-c", FAKE], {}))
    yield made
    made.stop()


def test_jobs_in_one_process(worker):
    assert worker.process is None
    assert worker.run(job("7"), 10).status == 7
    pids = [worker.run(job("pid"), 10).status for _ in range(2)]
    assert pids == [worker.process.pid] * 2


def test_a_worker_that_hangs_is_replaced(worker):
    first = worker.run(job("pid"), 10).status
    began = time.perf_counter()
    end = worker.run(job("hang"), 0.3)
    assert end.status is None and 0.3 <= end.seconds < 5 and time.perf_counter() - began < 5
    assert worker.run(job("pid"), 10).status not in (first, None)


def test_a_worker_that_dies_is_replaced(worker):
    end = worker.run(job("die"), 10)
    assert (end.status, end.died) == (134, "the host's process ended with status 3")
    assert worker.run(job("0"), 10).status == 0


def test_a_worker_that_died_between_two_jobs(worker):
    worker.run(job("0"), 10)
    worker.process.kill()
    worker.process.wait()
    assert worker.run(job("0"), 10).died
    assert worker.run(job("0"), 10).status == 0


def test_a_worker_that_is_killed_by_another_thread(worker):
    worker.run(job("0"), 10)
    threading.Timer(0.2, worker.kill).start()
    assert worker.run(job("hang"), 60).died == "the host's process ended with status -9"


@pytest.mark.parametrize("code", ["", "print('who?')"])
def test_a_worker_that_does_not_get_ready(code):
    with pytest.raises(MuslfallError, match="is not ready"):
        Worker(host.Command([sys.executable, "-c", code], {})).run(job("0"), 1)


SPIN = """(module
  (@dylink.0 (mem-info (memory 0 0) (table 0 0)))
  (func (export "main") (result i32) (loop $again (br $again)) (unreachable)))"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    folder = assemble_all(tmp_path_factory.mktemp("batch"))
    assemble(SPIN, folder / "spin.wasm")
    return folder


@pytest.fixture(scope="module", params=engines.HOSTS)
def real(request, modules):
    """A worker of a host that has a libc and a kernel."""
    libraries = [modules / "libc.wasm", modules / "kernel.wasm"]
    found = engines.engines((request.param,), WASM_JS)
    made = Worker(batch.command(request.param, found, libraries))
    yield made
    made.stop()


def run(worker: Worker, folder, *words: str, merged: bool = False, timeout: float = 60):
    """Run a fixture; its status, and what it wrote."""
    (folder / "in").write_text("")
    out = folder / "out"
    err = out if merged else folder / "err"
    end = worker.run(Job(list(words), str(folder / "in"), str(out), str(err)), timeout)
    return end.status, out.read_bytes(), err.read_bytes()


def test_status_and_streams(real, modules, tmp_path):
    assert run(real, tmp_path, str(modules / "hello.wasm")) == (3, b"hello\n", b"")
    words = [str(modules / name) for name in ("hello.wasm", "libc.wasm")]
    first = run(real, tmp_path, *words)
    assert b"hello\n" in first[1]
    assert run(real, tmp_path, str(modules / "return-7.wasm")) == (7, b"", b"")
    assert run(real, tmp_path, *words) == first


def test_a_trap_is_told_on_stderr(real, modules, tmp_path):
    status, stdout, stderr = run(real, tmp_path, str(modules / "trap-divide.wasm"))
    assert (status, stdout) == (134, b"")
    assert stderr.splitlines()[0].endswith(b": trap: integer divide by zero")
    status, stdout, _ = run(real, tmp_path, str(modules / "trap-divide.wasm"), merged=True)
    assert (status, stdout) == (134, stderr)


def test_a_program_that_cannot_be_loaded(real, modules, tmp_path):
    status, _, stderr = run(real, tmp_path, str(modules / "not-there.wasm"))
    assert (status, stderr.endswith(b": not-there.wasm: cannot be read: no such file\n")) == (
        127,
        True,
    )


def test_a_program_that_hangs_leaves_the_next_one_alone(real, modules, tmp_path):
    run(real, tmp_path, str(modules / "return-7.wasm"))
    assert run(real, tmp_path, str(modules / "spin.wasm"), timeout=0.5)[0] is None
    assert run(real, tmp_path, str(modules / "return-7.wasm"))[0] == 7
