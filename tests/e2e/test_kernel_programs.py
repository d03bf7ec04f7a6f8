"""Programs that ask the kernel for what Linux does print the same natively, in V8 and in wasmtime.

tests/kernel/NAME.c is one program, NAME.out its output on Linux. It runs in an empty folder of the
host's, dynamic and static, and where it says `/tmp` in its first line, in the kernel's memory too.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from muslfall import ROOT

SOURCES = sorted((ROOT / "tests/kernel").glob("*.c"))
FLAGS = ("-w", "-O2", "-std=gnu11", "-D_GNU_SOURCE")
GCC = shutil.which("gcc")
LINKS = {"dynamic": (), "static": ("--static",)}
IN_MEMORY = (
    '#include <unistd.h>\n__attribute__((constructor)) static void go(void) { chdir("/tmp"); }\n'
)
#: Programs whose output is right here, but not natively, and why.
OWN: dict[str, str] = {}

each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def expected(source: Path) -> str:
    return source.with_suffix(".out").read_text()


def is_for_memory(source: Path) -> bool:
    return "/tmp" in source.read_text().splitlines()[0]


@pytest.fixture(scope="session")
def programs(lkgr: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """By source and way to link: the wasm's path, or what the compiler said."""
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "go.h").write_text(IN_MEMORY)
    tasks = [(source, link, "") for source in SOURCES for link in LINKS]
    tasks += [(s, "static", f"-include{folder}/go.h") for s in SOURCES if is_for_memory(s)]

    def compile_one(task: tuple[Path, str, str]) -> tuple[tuple[str, str], str]:
        source, link, more = task
        key = (source.stem, "memory" if more else link)
        wasm = folder / f"{'-'.join(key)}.wasm"
        words = [*FLAGS, *LINKS[link], *more.split(), source, "-o", wasm]
        done = subprocess.run([lkgr / "bin/musl-clang", *words], capture_output=True, text=True)
        return key, str(wasm) if done.returncode == 0 else done.stderr

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(compile_one, tasks))


def run(wasm: str, host: str, folder: Path) -> subprocess.CompletedProcess[str]:
    assert wasm.endswith(".wasm"), wasm
    command = [ROOT / "muslfall", "run", wasm, "--host", host, "--dir", f"{folder}::/"]
    return subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120
    )


@each_source
@pytest.mark.parametrize("host", ["d8", "wasmtime"])
@pytest.mark.parametrize("link", [*LINKS, "memory"])
def test_same_on_each_host(source, host, link, programs, tmp_path):
    if link == "memory" and not is_for_memory(source):
        pytest.skip("not for /tmp")
    done = run(programs[source.stem, link], host, tmp_path)
    assert done.stdout == expected(source)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not GCC, reason="no gcc")
@each_source
def test_same_natively(source, tmp_path):
    if source.stem in OWN:
        pytest.skip(OWN[source.stem])
    program = tmp_path / "program"
    words = [GCC, *FLAGS, source, "-o", program, "-lm", "-lpthread", "-lrt"]
    subprocess.run(words, check=True, capture_output=True)
    folder = tmp_path / "folder"
    folder.mkdir()
    done = subprocess.run([program], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          cwd=folder, timeout=120)  # fmt: skip
    assert (done.stdout, done.returncode) == (expected(source), 0)


YES = 'int puts(const char *); int main(void) { for (;;) puts("y"); }'


@pytest.mark.parametrize("host", ["d8", "wasmtime"])
@pytest.mark.parametrize("link", [*LINKS])
def test_a_pipe_that_nobody_reads_ends_the_writer(host, link, lkgr, tmp_path):
    (tmp_path / "yes.c").write_text(YES)
    wasm = tmp_path / "yes.wasm"
    words = [lkgr / "bin/musl-clang", *LINKS[link], tmp_path / "yes.c", "-o", wasm]
    subprocess.run(words, check=True)
    command = [ROOT / "muslfall", "run", wasm, "--host", host]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout.readline() == b"y\n"
        running.stdout.close()
        assert running.wait(timeout=60) == 128 + signal.SIGPIPE
