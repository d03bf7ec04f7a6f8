"""Programs in Chromium: as in the other hosts, from the command line to the page."""

from __future__ import annotations

import functools
import http.server
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from kit.devtools import Devtools, Refused
from kit.engine_v8 import WASM_JS, in_one_process
from kit.loader_cases import SPIN, assemble, assemble_all, cases
from kit.mutation import mutants
from kit.programs import SOURCES

from muslfall import ROOT
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.commands import page as page_command
from muslfall.hosts import browser, chromium, trial
from muslfall.hosts.expectation import load_test
from muslfall.hosts.page_server import Server

#: In CI there is one: .ci/run installs it.
pytestmark = pytest.mark.skipif(
    browser.find() is None and not os.environ.get("CI"),
    reason="there is no Chromium on this machine: apt-get install chromium",
)
MUTANTS = 30


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory):
    return assemble_all(tmp_path_factory.mktemp("chromium"))


class Host:
    """One Chromium, in which programs run one after the other."""

    def __init__(self, page: chromium.Page) -> None:
        self.page = page

    def run(self, *argv: str, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        """Status, stdout and stderr of the loader's command line."""
        source, output = io.BytesIO(stdin), {1: io.BytesIO(), 2: io.BytesIO()}
        try:
            options = chromium.parse(argv)
        except UsageError as error:
            return 2, b"", f"{chromium.LOADER}: {error}\n".encode()
        job = chromium.make_job(options, source.read, lambda fd, part: output[fd].write(part))
        status = self.page.run(job, timeout=60)
        return status, output[1].getvalue(), output[2].getvalue()


@pytest.fixture(scope="module")
def host(fixtures, lkgr):
    with chromium.Page([fixtures, lkgr], lkgr / "wasm.js") as page:
        yield Host(page)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_builds_programs(source, host, lkgr, monkeypatch):
    monkeypatch.chdir(ROOT)
    test = load_test(source)
    words = [*trial.options(test).words(), "out/lkgr/programs/" + source.stem + ".wasm"]
    outcome = trial.Outcome(*host.run(*words, "out/lkgr/musl.wasm", "--", *test.args))
    assert trial.judge(test, outcome) is None


def test_the_loaders_fixtures(host, fixtures, monkeypatch):
    monkeypatch.chdir(fixtures)
    found = {}
    for case in cases():
        status, stdout, stderr = host.run(*case.argv)
        # HTTP has one answer, 404, for all that cannot be read, whatever the reason is.
        stderr = re.sub(rb"(cannot be read): no such file$", rb"\1", stderr, flags=re.MULTILINE)
        found[case.name] = case.problems(status, stdout, stderr, chromium.LOADER, reasons=False)
    assert len(found) > 90
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_mutated_modules_end_as_in_d8(host, fixtures, monkeypatch, tmp_path):
    chosen = mutants(fixtures, MUTANTS)
    wanted = in_one_process([job for job, _ in chosen], fixtures)
    monkeypatch.chdir(fixtures)
    for (job, files), expected in zip(chosen, wanted, strict=True):
        whole = {name: (fixtures / name).read_bytes() for name in files}
        try:
            for name, content in files.items():
                (fixtures / name).write_bytes(content)
            # the engines' words may differ between releases of V8
            assert host.run(*job["argv"])[:2] == expected[:2], job
        finally:
            for name, content in whole.items():
                (fixtures / name).write_bytes(content)


def test_stats_and_trace(host, lkgr, monkeypatch):
    monkeypatch.chdir(lkgr)
    status, _, stderr = host.run("--stats", "--trace", "programs/text.wasm", "musl.wasm")
    assert status == 0
    lines = stderr.decode().splitlines()
    assert lines[0].startswith("set_tid_address(") and "exit_group(0) = ?" in lines
    assert '"exit_group":1' in lines[-1] and '"load_ms":' in lines[-1]


READ = r"""
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	struct dirent *entry;
	DIR *folder = opendir("/in");
	char line[100];

	for (int n = 0; (entry = readdir(folder)); n++)
		if (entry->d_name[0] != '.') printf("%s %d\n", entry->d_name, entry->d_type);
	FILE *file = fopen("/in/sub/line", "r");
	printf("%s", fgets(line, sizeof line, file));
	const char *paths[] = { "/in/out", "/in/../secret", "/in/none", 0 };
	for (const char **path = paths; *path; path++)
		printf("%s: %s\n", *path, open(*path, O_RDONLY) < 0 ? strerror(errno) : "open");
	int new = open("/in/new", O_CREAT | O_WRONLY, 0644);
	printf("write: %s\n", new < 0 ? strerror(errno) : "open");
	while (fgets(line, sizeof line, stdin)) printf("<%s", line);
	return 0;
}
"""


@pytest.fixture(scope="module")
def reader(lkgr, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader")
    (folder / "read.c").write_text(READ)
    command = [lkgr / "bin" / "musl-clang", "-w", folder / "read.c", "-o", folder / "read.wasm"]
    subprocess.run(command, check=True)
    return folder / "read.wasm"


@pytest.fixture
def seen(tmp_path):
    """A folder for a program to see, with a link that leads out of it."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "sub" / "line").write_text("a line\n")
    (tmp_path / "secret").write_text("secret\n")
    (tmp_path / "in" / "out").symlink_to(tmp_path / "secret")
    return tmp_path / "in"


def test_a_folder_is_read_and_nothing_beside_it(reader, seen, lkgr):
    with chromium.Page([reader.parent, lkgr], lkgr / "wasm.js") as page:
        found = Host(page).run(
            f"--dir={seen}::/in", str(reader), str(lkgr / "musl.wasm"), stdin=b"1\n2\n"
        )
    status, stdout, stderr = found
    lines = stdout.decode().splitlines()
    assert (status, stderr) == (0, b"")
    assert sorted(lines[:2]) == ["out 8", "sub 4"] and lines[2] == "a line"
    assert lines[3:] == [
        "/in/out: No such file or directory", "/in/../secret: No such file or directory",
        "/in/none: No such file or directory", "write: Read-only file system", "<1", "<2",
    ]  # fmt: skip


MUCH = r"""
#include <stdio.h>
int main(void)
{
	for (int i = 0; i < 300000; i++) printf("%063d\n", i);
	return 5;
}
"""


def test_much_output_is_whole(lkgr, tmp_path):
    (tmp_path / "much.c").write_text(MUCH)
    musl_clang = lkgr / "bin" / "musl-clang"
    subprocess.run([musl_clang, tmp_path / "much.c", "-o", tmp_path / "much.wasm"], check=True)
    command = [ROOT / "muslfall", "run", "--host=chromium", tmp_path / "much.wasm"]
    done = subprocess.run(command, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr, len(done.stdout)) == (5, b"", 300000 * 64)
    assert done.stdout.endswith(b"0299999\n")


# The command line


def processes_of(profile_or_url: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if profile_or_url.encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return found


def await_no_processes(word: str) -> None:
    for _ in range(200):
        if not processes_of(word):
            return
        time.sleep(0.1)
    raise AssertionError(f"still there: {processes_of(word)}")


WAIT = r"""
#include <stdio.h>
int main(void)
{
	int c;

	setbuf(stdout, 0);
	puts("up");
	while ((c = getchar()) != EOF) putchar(c);
	return 3;
}
"""


@pytest.fixture(scope="module")
def waiting(lkgr, tmp_path_factory):
    """A program that says so and then reads stdin."""
    folder = tmp_path_factory.mktemp("waiting")
    (folder / "wait.c").write_text(WAIT)
    command = [lkgr / "bin" / "musl-clang", folder / "wait.c", "-o", folder / "wait.wasm"]
    subprocess.run(command, check=True)
    return folder / "wait.wasm"


@pytest.fixture
def started(tmp_path, waiting):
    """The program, running; temporary files are in tmp_path."""
    command = [sys.executable, "-m", "muslfall", "run", "--host=chromium", waiting]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=-1, stdout=-1, stderr=-1
    ) as process:
        try:
            assert process.stdout.read(3) == b"up\n"
            yield process
        finally:
            process.kill()
            await_no_processes(str(tmp_path))


def test_stdin_is_a_stream(started):
    for line in (b"one\n", b"two\n"):  # the second is not there before the first came back
        os.write(started.stdin.fileno(), line)
        assert started.stdout.read(len(line)) == line
    started.stdin.close()
    assert (started.wait(20), started.stdout.read(), started.stderr.read()) == (3, b"", b"")


def test_no_stdin_and_no_room_for_output(waiting):
    command = f"exec {sys.executable} -m muslfall run --host=chromium {waiting}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    for streams, status, said in (
        ("<&-", 3, b""),
        ("</dev/null >/dev/full", 1, b"its output cannot be written: No space left on device"),
    ):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{command} {streams}"],
            env=environment,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == status and said in done.stderr, done


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_the_browser_too(started, number, tmp_path):
    assert processes_of(str(tmp_path))
    started.send_signal(number)
    assert started.wait(20) == -number
    assert b"Traceback" not in started.stderr.read()
    await_no_processes(str(tmp_path))
    left = list(tmp_path.glob("muslfall-chromium-*"))
    assert number == signal.SIGKILL or left == []


def test_in_every_host(lkgr):
    hello = lkgr / "programs" / "hello.wasm"
    words = ["run", "--host=all", hello, f"--dir={ROOT}/tests/programs/data::/data", "--", "one"]
    done = subprocess.run([ROOT / "muslfall", *words], capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (7, b"done\n")
    assert b"argv[1]: one\n" in done.stdout


def test_a_page_that_crashes(fixtures, monkeypatch):
    assemble(SPIN, fixtures / "spin.wasm")
    monkeypatch.chdir(fixtures)
    with chromium.Page([fixtures], WASM_JS) as page:
        devtools = Devtools(page.browser)

        def write(fd: int, content: bytes) -> None:
            devtools.send("Page.crash")

        options = chromium.parse(["--kernel=kernel.wasm", "spin.wasm"])
        with pytest.raises(MuslfallError, match="the page crashed, or was out of memory, while"):
            page.run(chromium.make_job(options, lambda size: b"", write), timeout=60)


def test_a_program_that_never_ends(fixtures, monkeypatch):
    assemble(SPIN, fixtures / "spin.wasm")
    monkeypatch.chdir(fixtures)
    with chromium.Page([fixtures], WASM_JS) as page:
        options = chromium.parse(["--kernel=kernel.wasm", "spin.wasm"])
        job = chromium.make_job(options, lambda size: b"", lambda fd, part: None)
        assert page.run(job, timeout=1) is None


# A page of one's own


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


def test_the_readmes_page(lkgr, tmp_path):
    readme = (ROOT / "README.md").read_text()
    html = readme[readme.index('    <script src="wasm.js">') : readme.index("## Other toolchains")]
    (tmp_path / "index.html").write_text(f"<!doctype html><body>{html}")
    for name in ("wasm.js", "musl.wasm", "kernel.wasm", "programs"):
        (tmp_path / name).symlink_to(lkgr.resolve() / name)
    handler = functools.partial(Quiet, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        with browser.Browser(browser.require(), url) as chrome:
            text = Devtools(chrome).wait_for(
                "document.body?.innerText.includes('argv[1]: one') && document.body.innerText"
            )
        server.shutdown()
    assert text.startswith("hello, nobody")


# The page as a person has it


@pytest.fixture(scope="module")
def devtools(lkgr):
    programs, libraries = page_command.choose([])
    offered = {"programs": list(map(str, programs)), "libraries": list(map(str, libraries))}
    roots = {path.parent for path in (*programs, *libraries)}
    server = Server(roots, lkgr / "wasm.js", offered)
    with server, browser.Browser(browser.require(), server.url) as chrome:
        yield Devtools(chrome)


ENDED = "$('status').className !== 'busy' && !current && $('status').textContent"


def use(devtools: Devtools, program: str, actions: str = "") -> str:
    """Choose a program by its name, and run it; what the page says of its end."""
    devtools.wait_for("typeof $ === 'function' && $('program').options.length")
    named = f"[...$('program').options].find((o) => o.textContent.startsWith('{program}')).value"
    submit = f"$('program').value = {named}; $('form').requestSubmit()"
    devtools.evaluate(f"(async () => {{ {actions}; {submit} }})()")
    return devtools.wait_for(ENDED)


def test_a_person_runs_a_program(devtools):
    actions = """$('args').value = "one 'two  words' a\\\\ b"; $('env').value = 'GREETED=musl'"""
    assert use(devtools, "hello.wasm", actions) == "status 4"
    output = devtools.evaluate("$('output').textContent")
    assert output.startswith("hello, musl\n")
    assert "argv[1]: one\nargv[2]: two  words\nargv[3]: a b\n" in output
    errors = "[...document.querySelectorAll('#output .err')].map((e) => e.textContent).join('')"
    assert devtools.evaluate(errors) == "/data/greeting.txt: No such file or directory\n"
    assert "writev" in devtools.evaluate("$('calls').textContent")
    assert "MiB" in devtools.evaluate("$('phases').textContent")


def test_files_and_modules_of_the_persons_own(devtools, reader):
    content = list(reader.read_bytes())
    actions = f"""
      await takeFiles([new File(['a line\\n'], 'line')]);
      seen['/in/sub/line'] = seen['/line'];
      takeModules([new File([Uint8Array.from({content})], 'read.wasm')]);
      $('stdin').value = 'typed\\n'"""
    assert use(devtools, "read.wasm", actions) == "status 0"
    output = devtools.evaluate("$('output').textContent").splitlines()
    assert output[:2] == ["sub 4", "a line"] and output[-1] == "<typed"


def test_input_that_is_typed_and_a_program_that_is_stopped(devtools, waiting):
    content = list(waiting.read_bytes())
    actions = f"""takeModules([new File([Uint8Array.from({content})], 'wait.wasm')]);
      $('stdin').value = ''; $('program').value = 'wait.wasm'; $('form').requestSubmit()"""
    devtools.wait_for("typeof $ === 'function' && $('program').options.length")
    for end, wanted in (("$('eof').click()", "status 3"), ("$('stop').click()", "stopped")):
        devtools.evaluate(actions)
        devtools.wait_for("!$('typed').hidden")
        devtools.evaluate("$('line').value = 'abc'; $('typed').requestSubmit()")
        devtools.wait_for("$('output').textContent === 'up\\nabc\\nabc\\n'")
        devtools.evaluate(end)
        assert devtools.wait_for(ENDED) == wanted


def test_the_page_has_nothing_from_elsewhere(devtools):
    """No address but the server's is asked for."""
    devtools.wait_for("typeof $ === 'function' && $('program').options.length")
    names = devtools.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    assert names and all(name.startswith(("http://127.0.0.1:", "blob:", "data:")) for name in names)


def test_devtools_tells_of_errors(devtools):
    with pytest.raises(Refused):
        devtools.call("No.such.method")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_shows_the_result(devtools, width):
    """Nothing sticks out, and after Run its result is in sight."""
    devtools.call(
        "Emulation.setDeviceMetricsOverride",
        width=width, height=800, deviceScaleFactor=1, mobile=False,
    )  # fmt: skip
    assert use(devtools, "hello", "scrollTo(0, 0)").startswith("status ")
    assert devtools.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert devtools.evaluate(
        "(({ top, bottom }) => top < innerHeight - 100 && bottom > 0)"
        "($('output').getBoundingClientRect())"
    )
    assert devtools.evaluate("[...document.querySelectorAll('th')].every((th) => th.scope)")
    devtools.call("Emulation.clearDeviceMetricsOverride")
