"""muslfall run: its command line, exit statuses, and the comparison of hosts."""

import os
import shlex
import shutil
import signal
import subprocess
import sys

import pytest
from kit.engine_v8 import WASM_JS
from kit.loader_cases import SPIN, assemble, assemble_all

from muslfall import cli
from muslfall.commands import run
from muslfall.hosts import command as host
from muslfall.hosts import engines as hosts_engines

ECHO = "import sys; sys.stdout.write(sys.stdin.read()); print(sys.argv[1:])"
#: Copies stdin to stdout, as it comes, by the read and write of musl.
CAT = """(module
  (@dylink.0 (mem-info (memory 100 0) (table 0 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (import "env" "__syscall3" (func $syscall3 (param i32 i32 i32 i32) (result i32)))
  (func (export "main") (result i32)
    (local $size i32)
    (loop $more
      (local.set $size (call $syscall3
        (i32.const 63) (i32.const 0) (global.get $base) (i32.const 100)))
      (if (i32.gt_s (local.get $size) (i32.const 0))
        (then
          (drop (call $syscall3
            (i32.const 64) (i32.const 1) (global.get $base) (local.get $size)))
          (br $more))))
    (local.get $size)))"""


def args(*words: str):
    return cli.parse("run", run, list(words))


def a_command(code: str, *words: str) -> host.Command:
    return host.Command([sys.executable, "-c", code, *words], {})


@pytest.fixture
def hosts(monkeypatch, tmp_path):
    """Let Python code stand for the hosts: a function that takes the code of each."""
    library = tmp_path / "musl.wasm"
    library.write_bytes(b"")
    monkeypatch.setattr(run, "MUSL", library)

    def use(**code: str):
        def command(name, engines, program, libraries, options):
            return a_command(code[name], str(program), *options.arguments)

        monkeypatch.setattr(host, "command", command)
        monkeypatch.setattr(hosts_engines, "engines", lambda names, loader: None)
        monkeypatch.setattr(run, "standard_input", lambda: b"input\n")
        monkeypatch.setattr(run, "all_hosts", lambda: tuple(code))

    return use


def test_the_command_line():
    found = args("p.wasm", "--host", "all", "l.wasm", "--dir", "a", "m.wasm", "--", "-x", "--", "y")
    assert (found.program, found.libraries) == ("p.wasm", ["l.wasm", "m.wasm"])
    assert (found.host, found.dir, found.arguments) == ("all", ["a"], ["-x", "--", "y"])


def test_no_arguments():
    assert args("p.wasm").arguments == []
    assert args("p.wasm", "--").arguments == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["p.wasm", "--env", "A"], "--env A: is not NAME=VALUE"),
        (["p.wasm", "--env", "=b"], "--env =b: is not NAME=VALUE"),
        (["p.wasm", "--dir", "::/b"], "--dir ::/b: is not HOST[::GUEST]"),
    ],
)
def test_usage_errors(words, message, capsys):
    assert cli.main(["run", *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--host=chrome", "p.wasm"], ["--frob", "p.wasm"]])
def test_argparse_refuses(words, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["run", *words])
    assert end.value.code == 2


def test_no_libc_yet(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(run, "MUSL", tmp_path / "musl.wasm")
    assert cli.main(["run", "p.wasm"]) == 1
    error = capsys.readouterr().err
    assert "musl.wasm: is not built" in error and "./muslfall build" in error


def test_what_the_loader_is_told():
    found = run.options(args("p.wasm", "--trace", "--stats", "--no-cache", "--", "--trace"))
    assert found == host.Options(arguments=("--trace",), stats=True, no_cache=True, trace=True)


def test_a_signal_is_a_status_as_in_a_shell():
    code = "import os; os.kill(os.getpid(), 9)"
    assert run.capture(a_command(code), b"").status == 128 + signal.SIGKILL


# With one host the command becomes the host


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The fixtures of the loaders, and a program that never ends once it has said so."""
    folder = assemble_all(tmp_path_factory.mktemp("run"))
    shutil.copy(WASM_JS, folder)
    assemble(SPIN, folder / "spin.wasm")
    assemble(CAT, folder / "cat.wasm")
    assemble("(module (@dylink.0))", folder / "empty.wasm")
    return folder


def in_a_shell(name: str, program: str, *arguments: str) -> list[str]:
    """A shell that runs a program on a host, then prints the status that it sees."""
    muslfall = shlex.join([sys.executable, "-m", "muslfall", "run", "--host", name, program])
    modules = "--libc=musl.wasm --kernel=kernel.wasm empty.wasm"
    words = f"{muslfall} {modules} -- {shlex.join(arguments)}"
    return ["/bin/bash", "-c", f"trap : INT; {words}; echo $?"]


@pytest.mark.parametrize("name", hosts_engines.HOSTS)
@pytest.mark.parametrize(
    ("program", "arguments", "end"),
    [
        ("return-7.wasm", [], "7"),
        ("exit-status.wasm", ["143"], "143"),
        ("trap-divide.wasm", [], "134"),
        ("no-main.wasm", [], "127"),
    ],
)
def test_the_status_is_the_programs(name, program, arguments, end, programs):
    done = subprocess.run(in_a_shell(name, program, *arguments), cwd=programs, stdout=-1, stderr=-1)
    assert done.stdout.decode() == f"{end}\n"


@pytest.mark.parametrize("name", hosts_engines.HOSTS)
def test_an_interrupt_from_the_terminal(name, programs):
    shell = in_a_shell(name, "spin.wasm")
    with subprocess.Popen(
        shell, cwd=programs, stdout=-1, stderr=-1, start_new_session=True
    ) as process:
        assert process.stdout.read(1) == b"!"
        os.killpg(process.pid, signal.SIGINT)
        out, error = process.communicate(timeout=20)
    assert (out, b"Traceback" in error) == (b"130\n", False)


@pytest.mark.parametrize(("number", "end"), [(signal.SIGTERM, 143), (signal.SIGKILL, 137)])
@pytest.mark.parametrize("name", hosts_engines.HOSTS)
def test_a_signal_to_the_command(name, number, end, programs):
    command = [sys.executable, "-m", "muslfall", "run", "--host", name, "--kernel=kernel.wasm"]
    command += ["--libc=musl.wasm", "spin.wasm", "empty.wasm"]
    with subprocess.Popen(command, cwd=programs, stdout=subprocess.PIPE) as process:
        assert process.stdout.read(1) == b"!"
        process.send_signal(number)
        assert run.shell_status(process.wait(20)) == end


@pytest.mark.parametrize("name", hosts_engines.HOSTS)
def test_stdin_is_a_stream(name, programs):
    command = [sys.executable, "-m", "muslfall", "run", "--host", name, "--kernel=kernel.wasm"]
    command += ["--libc=musl.wasm", "cat.wasm", "empty.wasm"]
    with subprocess.Popen(
        command, cwd=programs, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        for line in (b"one\n", b"two\n"):  # the second is not there before the first came back
            os.write(process.stdin.fileno(), line)
            assert os.read(process.stdout.fileno(), 100) == line
        process.stdin.close()
        assert (process.stdout.read(), process.wait(20)) == (b"", 0)


def test_hosts_that_agree(hosts, capfdbinary):
    hosts(d8=ECHO, wasmtime=ECHO)
    assert cli.main(["run", "--host=all", "p.wasm", "--", "one"]) == 0
    assert capfdbinary.readouterr().out == b"input\n['p.wasm', 'one']\n"


def test_the_status_that_hosts_agree_on(hosts, capfdbinary):
    code = "import sys; sys.stderr.write('said'); raise SystemExit(9)"
    hosts(d8=code, wasmtime=code)
    assert cli.main(["run", "--host=all", "p.wasm"]) == 9
    assert capfdbinary.readouterr().err == b"said"


def test_hosts_that_write_something_else(hosts, capfdbinary):
    hosts(d8="print('same\\none')", wasmtime="print('same\\ntwo')")
    assert cli.main(["run", "--host=all", "p.wasm"]) == 1
    out, error = capfdbinary.readouterr()
    assert out == b""
    assert error.decode().splitlines() == [
        "muslfall: error: the hosts differ:",
        "  --- d8", "  +++ wasmtime", "  @@ -1,2 +1,2 @@", "   same", "  -one", "  +two",
    ]  # fmt: skip


def test_hosts_that_end_otherwise(hosts, capfdbinary):
    hosts(d8="raise SystemExit('trap')", wasmtime="raise SystemExit(3)")
    assert cli.main(["run", "--host=all", "p.wasm"]) == 1
    assert capfdbinary.readouterr().err.decode().splitlines() == [
        "muslfall: error: the hosts differ:",
        "  status 1 in d8, 3 in wasmtime",
        "  d8: trap",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"a\nb\n", ["a", "b"]),
        (b"a", ["a", "(no newline at the end)"]),
        (b"\xff\r\n", ["\\xff\\r"]),
    ],
)
def test_lines(content, expected):
    assert run.lines(content) == expected


def test_a_missing_newline_is_a_difference():
    outcomes = [run.Outcome(0, text, b"") for text in (b"a\n", b"a")]
    (problem,) = run.differences("d8", outcomes[0], "wasmtime", outcomes[1])
    assert "+(no newline at the end)" in problem.splitlines()


def test_in_every_host(programs):
    command = [sys.executable, "-m", "muslfall", "run", "--host=all", "--kernel=kernel.wasm"]
    command += ["--libc=musl.wasm", "cat.wasm", "empty.wasm"]
    done = subprocess.run(command, cwd=programs, input=b"in\n", capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"in\n", b"")


def test_a_closed_stdout(programs):
    command = [sys.executable, "-m", "muslfall", "run", "--kernel=kernel.wasm"]
    command += ["--host=wasmtime", "--libc=empty.wasm"]
    words = shlex.join([*command, "return-7.wasm"])
    done = subprocess.run(["/bin/bash", "-c", f"{words} >&-"], cwd=programs, stderr=-1)
    assert (done.returncode, done.stderr) == (7, b"")


def test_an_argument_that_is_taken_for_a_library(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "MUSL", tmp_path / "musl.wasm")
    assert cli.main(["run", "p.wasm", "--host", "all", "2", "3"]) == 2
    assert "2: is no library" in (said := capsys.readouterr().err) and "behind --" in said


@pytest.mark.parametrize("words", [["--", "a\udcff"], ["--env", "A=\udcff"]])
def test_bytes_that_are_not_utf_8_are_refused_for_every_host(words, capsys):
    assert cli.main(["run", "p.wasm", "l.wasm", *words]) == 2
    assert "is not UTF-8" in capsys.readouterr().err


def test_the_libc_that_is_named_by_a_module_stays(programs, monkeypatch):
    found = args("needs-even.wasm", "return-7.wasm", "--libc", "even.wasm")
    monkeypatch.chdir(programs)
    assert run.names_libc(found)
    assert not run.names_libc(args("needs-even.wasm", "even.wasm", "--libc", "even.wasm"))
    assert not run.names_libc(args("return-7.wasm", "even.wasm", "--libc", "other.wasm"))
