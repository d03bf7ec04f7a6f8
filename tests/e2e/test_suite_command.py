"""muslfall suite, end to end: a folder of programs, our own tests, and some of GCC's."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import subprocess
import time
import xml.etree.ElementTree as xml
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.hosts import browser

#: Whole builds, or many.
pytestmark = pytest.mark.timeout(3600)

PROGRAMS = {
    "answer.c": '#include <stdio.h>\nint main(void) { printf("%d\\n", ANSWER); return 0; }\n',
    "answer.out": "42\n",
    "answer.toml": 'flags = ["-DANSWER=42"]\n',
    "broken.c": "int main(void) { return nothing; }\n",
    "fails.c": "#include <stdlib.h>\nint main(void) { abort(); }\n",
    "files.c": """\
#include <stdio.h>
int main(int argc, char **argv)
{
	char line[80];
	FILE *in = fopen(argv[1], "r"), *out = fopen("made", "wx");
	if (!in || !out || !fgets(line, sizeof line, in) || tmpnam(line + 70) == NULL) return 1;
	fputs(line, stdout);
	fputs("told\\n", stderr);
	return ferror(in);
}
""",
    "files.toml": 'args = ["data.txt"]\nfiles = ["data.txt"]\n',
    "files.out": "a line\n",
    "data.txt": "a line\n",
    "hangs.c": "int main(void) { for (volatile int i = 0;; i++); }\n",
    "missing.c": "void nowhere(void); int main(void) { nowhere(); }\n",
    "other.c": '#include <stdio.h>\nint main(void) { puts("this"); return 0; }\n',
    "other.out": "that\n",
    "two.c": "int part(void); int main(void) { return part() - 2; }\n",
    "two.toml": 'sources = ["two-part.c"]\n',
    "two-part.c": "int part(void) { return 2; }\n",
}
FAILURES = {
    "broken": "compile",
    "fails": "run",
    "hangs": "run",
    "missing": "link",
    "other": "output",
}


def suite(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [ROOT / "muslfall", "suite", *words], capture_output=True, text=True, cwd=ROOT, timeout=300
    )


@pytest.fixture
def folder(tmp_path: Path, lkgr: Path) -> Iterator[Path]:
    place = tmp_path / "own-suite"
    place.mkdir()
    for name, text in PROGRAMS.items():
        (place / name).write_text(text)
    yield place
    for made in lkgr.glob("suites/own-suite.*"):
        shutil.rmtree(made) if made.is_dir() else made.unlink()


def results(lkgr: Path, host: str) -> dict[str, dict]:
    lines = (lkgr / f"suites/own-suite.O2.{host}.json").read_text().splitlines()
    return {line["test"]: line for line in map(json.loads, lines)}


def test_a_folder_of_programs(folder, lkgr):
    done = suite(str(folder), "--timeout", "3")
    assert done.returncode == 1, done.stderr
    for host in ("d8", "wasmtime"):
        found = results(lkgr, host)
        assert sorted(found) == sorted([*FAILURES, "answer", "files", "two"])
        assert {name: item["stage"] for name, item in found.items() if item["stage"]} == FAILURES
        assert found["fails"]["status"] == 134 and found["hangs"]["status"] is None
        assert found["missing"]["last"].endswith("undefined symbol: nowhere")
        assert found["other"]["last"] == "b'this', not b'that', in line 1"
        assert f"broken at -O2 on {host}: fail (compile)" in done.stderr
    assert done.stdout.splitlines()[1].split() == ["-O2", "d8", "8", "3", "0", "0", "5", "0"]


def test_what_is_known_does_not_fail_until_it_passes(folder):
    names = ", ".join(f'"{name}"' for name in FAILURES if name != "hangs")
    known = (
        f'[[known]]\ntests = [{names}]\nreason = "on purpose"\n'
        '[[not-applicable]]\ntests = ["hangs"]\nreason = "never ends"\n'
    )
    (folder / "known.toml").write_text(known)
    done = suite(str(folder), "--host", "d8", "--opt", "O0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].split() == ["-O0", "d8", "8", "3", "4", "1", "0", "0"]
    (folder / "other.out").write_text("this\n")
    done = suite(str(folder), "--host", "d8", "--filter", "other")
    assert done.returncode == 1
    assert "other at -O2 on d8: unexpected pass: it is listed as a known failure" in done.stderr


def test_a_suite_waits_for_a_build_of_its_variant(folder, lkgr):
    """Programs that run while their libc is written anew would fail for nothing."""
    with open(f"{lkgr.resolve()}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        argv = [ROOT / "muslfall", "suite", str(folder), "--host", "d8", "--filter", "two"]
        process = subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        assert "another build or suite of it is running; waiting" in process.stderr.readline()
        assert process.poll() is None
    process.communicate(timeout=60)
    assert process.returncode == 0


def children(pid: int) -> set[int]:
    """The processes whose parent is `pid`."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                found.add(int(path.parent.name))
    return found


def wait_for(condition: Callable[[], bool]) -> bool:
    """Whether something becomes true within 20 seconds."""
    deadline = time.monotonic() + 20
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return true


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("host", ["d8", "wasmtime"])
def test_an_interrupt_ends_what_runs(folder, lkgr, host, number):
    argv = [
        ROOT / "muslfall",
        "suite",
        str(folder),
        "--host",
        host,
        "--timeout",
        "100",
        "--filter",
        "hangs",
    ]
    with subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        built = lkgr / "suites/own-suite.O2/hangs.wasm"
        assert wait_for(lambda: built.exists() and bool(children(process.pid)))
        time.sleep(1)
        workers = children(process.pid)
        process.send_signal(number)
        assert "interrupted" in process.communicate(timeout=20)[1]
    assert process.returncode == 130 and workers
    assert wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_our_own_tests_of_the_libc(lkgr):
    done = suite("tests/libc", "--opt", "O0,O2")
    assert done.returncode == 0, done.stderr


def test_some_of_gccs(lkgr):
    done = suite("gcc-torture", "--filter", "pr2[0-4]*", "--opt", "O2")
    assert done.returncode == 0, done.stderr
    for row in done.stdout.splitlines()[1:]:
        level, host, tests, passed, known, absent, failed, unexpected = row.split()
        assert int(tests) > 20 and int(passed) >= int(tests) - 5


EVERY = {
    "suite.toml": 'sources = ["lib/harness.c"]\nunsupported = [4]\nflags = ["-fno-such-flag"]\n',
    "lib/harness.c": "int harness(void) { return 0; }\n",
    "deep/temporary.c": """\
#include <stdio.h>
int harness(void);
int main(void)
{
	FILE *file = tmpfile(), *shared = fopen("/dev/shm/x", "w");
	return !file || fputs("x", file) < 0 || !shared || harness();
}
""",
    "absent.c": "int main(void) { return 4; }\n",
    "long.c": "#include <stdio.h>\nint main(void) { for (int i = 0; i < 40; i++)"
    ' printf("line %d\\n", i); return 1; }\n',
}


@pytest.mark.parametrize("words", [[], ["--static"], ["--host", "chromium"]])
def test_what_a_folder_may_have(tmp_path, lkgr, words):
    if "chromium" in words and browser.find() is None:
        pytest.skip("no Chromium")
    place = tmp_path / "own-suite"
    for name, text in EVERY.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    file = tmp_path / "made/results.xml"
    done = suite("opt=O2", *words, str(place), "--junit", str(file))
    assert done.returncode == 1, done.stderr
    for row in done.stdout.splitlines()[1:]:
        assert row.split()[2:] == ["3", "1", "0", "1", "1", "0"], done.stderr
    assert "    line 0\n" in done.stderr and "    line 39\n" in done.stderr
    assert "    … 30 lines …\n" in done.stderr
    assert "does not know them (of so many tests): -fno-such-flag (3)" in done.stderr
    cases = xml.parse(file).getroot().findall("*/testcase")
    assert {case.get("name") for case in cases} == {"absent", "deep/temporary", "long"}
    for made in lkgr.glob("suites/own-suite.*"):
        shutil.rmtree(made) if made.is_dir() else made.unlink()


def test_a_folder_without_programs_is_an_error(tmp_path, lkgr):
    done = suite(str(tmp_path))
    assert done.returncode == 2 and "holds no C program" in done.stderr
