"""muslfall run: its command line, exit statuses, and the comparison of hosts."""

import signal
import sys
from pathlib import Path

import pytest
from loader_cases import assemble
from test_loader import wasmtime_path

from muslfall import cli, host
from muslfall.commands import run

ECHO = "import sys; sys.stdout.write(sys.stdin.read()); print(sys.argv[1:])"


def args(*words: str):
    return cli.make_parser("run", run).parse_args(list(words))


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
        monkeypatch.setattr(host, "engines", lambda names: None)
        monkeypatch.setattr(run, "standard_input", lambda: b"input\n")

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


def test_the_status_is_the_programs():
    assert run.execute(a_command("raise SystemExit(42)")) == 42


def test_a_signal_is_a_status_as_in_a_shell():
    code = "import os; os.kill(os.getpid(), 9)"
    assert run.execute(a_command(code)) == 128 + signal.SIGKILL
    assert run.capture(a_command(code), b"").status == 128 + signal.SIGKILL


def test_the_program_can_still_be_interrupted():
    code = "import os, signal; signal.raise_signal(signal.SIGINT); os._exit(5)"
    assert run.execute(a_command("import signal; signal.signal(2, signal.SIG_DFL)\n" + code)) == 130
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


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
        "muslfall: error: the hosts differ:", "  status 1 in d8, 3 in wasmtime", "  d8: trap",
    ]  # fmt: skip


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


def test_in_wasmtime(monkeypatch, tmp_path, capfdbinary):
    text = '(module (@dylink.0) (func (export "main") (result i32) (i32.const 6)))'
    program = assemble(text, tmp_path / "six.wasm")
    engines = host.Engines(Path("no-node"), wasmtime_path())
    monkeypatch.setattr(host, "engines", lambda names: engines)
    library = str(assemble("(module (@dylink.0))", tmp_path / "empty.wasm"))
    assert cli.main(["run", "--host", "wasmtime", str(program), library]) == 6
    assert capfdbinary.readouterr() == (b"", b"")
