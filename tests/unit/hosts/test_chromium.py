"""chromium: its command line, and what becomes of a browser that fails; scripts stand for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.hosts import browser, chromium

#: A browser in Python that runs every program alike: two outputs, an input line, status 5.
FAKE = """#!{python}
import json, re, sys, threading, time, urllib.request as web
url = sys.argv[-1].partition("#")[0]
read = lambda path: web.urlopen(url + path).read()
threading.Thread(target=read, args=["alive"], daemon=True).start()
job = json.loads(read("next"))
post = lambda path, body: web.urlopen(url + "jobs/%d/%s" % (job["number"], path), body).read()
line = read("jobs/0/stdin?size=100")
post("1", b"read " + line + " ".join(job["args"]).encode())
post("2", b"said")
{end}
time.sleep(60)
"""
END = """post("end", b'{"status": 5}')"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Let a script be the Chromium; a function that makes it, of what it does at the end."""

    def make(text: str):
        path = tmp_path / "chromium"
        path.write_text(text)
        path.chmod(0o755)
        monkeypatch.setenv(browser.VARIABLE, str(path))

    return make


def fake_text(end: str) -> str:
    return FAKE.format(python=sys.executable, end=end)


def execute(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "muslfall.hosts.chromium", "wasm.js", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(command, env=environment, input=stdin, capture_output=True, timeout=60)


def test_the_streams_and_the_status(fake):
    fake(fake_text(END))
    done = execute("p.wasm", "--", "one", "two", stdin=b"line\n")
    assert (done.returncode, done.stdout, done.stderr) == (5, b"read line\none two", b"said")


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (
            """post("end", b'{"status": 0, "failure": "its worker failed"}')""",
            b"the page could not run the program: its worker failed",
        ),
        ("sys.exit('bad luck')", b"Chromium ended with status 1: bad luck while the program ran"),
        ("import os; os.kill(os.getpid(), 9)", b"Chromium ended with status -9 while the program"),
    ],
)
def test_a_browser_that_fails(fake, end, said):
    fake(fake_text(end))
    done = execute("p.wasm")
    assert done.returncode == 1
    assert done.stderr.startswith(b"saidmuslfall: error: " + said), done.stderr


def test_a_browser_that_does_not_start(fake):
    fake("#!/bin/sh\necho no usable sandbox >&2; exit 1\n")
    done = execute("p.wasm")
    assert done.returncode == 1
    assert done.stderr.startswith(
        b"muslfall: error: Chromium ended with status 1: no usable sandbox\n  try: "
    )


def test_a_browser_that_does_not_show_the_page(fake, monkeypatch):
    fake("#!/bin/sh\nsleep 60\n")
    monkeypatch.setattr(chromium, "START", 0.2)
    monkeypatch.setattr(chromium, "TICK", 0.01)
    with pytest.raises(MuslfallError, match=r"has not shown the page after 0\.2 s"):
        chromium.Page([], Path("wasm.js")).__enter__()


def test_there_is_none(tmp_path):
    command = [sys.executable, "-m", "muslfall.hosts.chromium", "wasm.js", "p.wasm"]
    done = subprocess.run(
        command, env={"PATH": str(tmp_path), "PYTHONPATH": str(ROOT / "src")}, capture_output=True
    )
    assert done.returncode == 1
    assert b"there is no Chromium on PATH\n  try: apt-get install chromium" in done.stderr


def test_usage_errors():
    done = execute("--frob", "p.wasm")
    assert (done.returncode, done.stderr) == (2, b"wasm.js: unknown option --frob\n")
    assert chromium.main(["p.wasm"]) == chromium.main([]) == 2
    with pytest.raises(UsageError, match="is not UTF-8"):
        chromium.parse(["\udcff.wasm"])


def test_where_modules_are_read(tmp_path):
    options = chromium.parse(["a/p.wasm", "l.wasm", "--kernel=k/kernel.wasm"])
    assert sorted(map(str, chromium.roots(options))) == [".", "a", "k"]
