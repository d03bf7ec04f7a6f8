"""muslfall page: what it offers, its errors, and how it is served and ended."""

import os
import signal
import socket
import subprocess
import sys

import pytest
import requests

from muslfall import ROOT, cli
from muslfall.base.errors import MuslfallError
from muslfall.commands import page
from muslfall.hosts import engines


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A checkout in which something was built."""
    out = tmp_path / "out/lkgr"
    (out / "programs").mkdir(parents=True)
    for name in ("musl.wasm", "programs/b.wasm", "programs/a.wasm"):
        (out / name).write_bytes(b"\0asm")
    (out / "wasm.js").touch()
    monkeypatch.setattr(page, "ROOT", tmp_path)
    return out


def test_the_builds_programs(built):
    programs = [built / "programs" / name for name in ("a.wasm", "b.wasm")]
    assert page.choose([]) == (programs, [built / "musl.wasm"])


def test_programs_of_ones_own(built, tmp_path):
    own = tmp_path / "own.wasm"
    own.touch()
    assert page.choose([own]) == ([own], [built / "musl.wasm"])
    (built / "musl.wasm").unlink()
    assert page.choose([own]) == ([own], [])


def test_nothing_to_offer(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(page, "ROOT", tmp_path)
    assert cli.main(["page"]) == 1
    error = capsys.readouterr().err
    assert "out/lkgr: is not built" in error and "./muslfall build" in error
    with pytest.raises(MuslfallError) as missing:
        page.choose([tmp_path / "x.wasm", tmp_path / "y.wasm"])
    assert str(missing.value).count("no such file") == 2


def test_a_port_that_is_none(capsys):
    assert cli.main(["page", "--port", "70000"]) == 2
    assert "--port 70000: is no port" in capsys.readouterr().err


def test_a_port_that_is_taken(built, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert cli.main(["page", "--port", str(taken.getsockname()[1])]) == 1
    assert "Address already in use" in capsys.readouterr().err


def test_it_is_served_until_it_is_interrupted(tmp_path):
    program = tmp_path / "p.wasm"
    program.write_bytes(b"\0asm")
    program.with_name("wasm.js").touch()
    command = [sys.executable, "-m", "muslfall", "page", program]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(command, env=environment, stdout=-1, stderr=-1) as process:
        url = process.stdout.readline().decode().strip()
        offered = requests.get(url + "programs", timeout=20).json()
        assert offered["programs"] == [str(program)]
        found = requests.get(url + "module", params={"path": str(program)}, timeout=20)
        assert found.content == b"\0asm"
        process.send_signal(signal.SIGINT)
        assert (process.wait(20), process.stderr.read()) == (0, b"")


def test_a_loader_that_is_not_built(built, capsys, monkeypatch):
    monkeypatch.setattr(engines, "BUILT_LOADER", built / "wasm.js")
    (built / "wasm.js").unlink()
    assert cli.main(["page"]) == 1
    error = capsys.readouterr().err
    assert "wasm.js: the loader of V8 is not built" in error and "./muslfall build" in error
