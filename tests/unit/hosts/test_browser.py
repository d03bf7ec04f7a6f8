"""browser: how a Chromium is found, started and ended; scripts stand for it."""

import os
import time

import pytest

from muslfall.base.errors import MuslfallError
from muslfall.hosts import browser


@pytest.fixture
def script(tmp_path):
    """Make a program of a shell script; gives its path."""

    def make(text: str, name: str = "chromium"):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return make


@pytest.fixture(autouse=True)
def nothing_found(monkeypatch, tmp_path):
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


def test_there_is_none():
    assert browser.find() is None
    with pytest.raises(MuslfallError, match="there is no Chromium on PATH") as error:
        browser.require()
    assert "apt-get install chromium" in str(error.value)


def test_the_first_on_path(script):
    other = script("", "google-chrome")
    assert browser.find() == other
    assert script("") == browser.require()


def test_the_one_that_is_named(script, monkeypatch):
    script("")
    monkeypatch.setenv(browser.VARIABLE, script("", "mine"))
    assert browser.find().endswith("/mine")
    monkeypatch.setenv(browser.VARIABLE, "/no/such")
    with pytest.raises(MuslfallError, match="/no/such: is no program"):
        browser.find()


@pytest.mark.parametrize(("uid", "sandboxed"), [(0, False), (1000, True)])
def test_only_root_goes_without_a_sandbox(monkeypatch, uid, sandboxed):
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    flags = browser.flags("/profile")
    assert ("--no-sandbox" not in flags) == sandboxed
    assert {"--headless", "--user-data-dir=/profile"} <= set(flags)


def test_what_it_is_started_with_and_how_it_ends(script, tmp_path):
    program = script(f'echo "$@" > {tmp_path}/words\nread word <&3\necho "got $word" >&4\n')
    with browser.Browser(program, "http://page/") as started:
        started.process.stdin.write(b"hello\n")
        started.process.stdin.flush()
        assert started.process.stdout.readline() == b"got hello\n"
        profile = started.profile
    words = (tmp_path / "words").read_text().split()
    assert words[-1] == "http://page/" and f"--user-data-dir={profile}" in words
    assert not os.path.exists(profile)


def test_its_socket_is_removed(script, tmp_path):
    folder = tmp_path / "org.chromium.Chromium.a1"
    folder.mkdir()
    (folder / "SingletonSocket").touch()
    program = script(
        f"""for word; do case $word in --user-data-dir=*)
            /bin/ln -s {folder}/SingletonSocket "${{word#*=}}/SingletonSocket";; esac; done
        echo ready >&4; exec /bin/sleep 9"""
    )
    with browser.Browser(program, "about:blank") as started:
        assert started.process.stdout.readline() == b"ready\n"
    assert not folder.exists()


def test_why_it_ended(script):
    text = "echo dbus: nothing here >&2; echo no display >&2; exit 3"
    with browser.Browser(script(text), "about:blank") as started:
        started.process.wait(20)
        assert started.ended() == "Chromium ended with status 3: no display"


def test_its_processes_end_with_it(script, tmp_path):
    program = script(f"/bin/sleep 1000 & echo $! > {tmp_path}/child; wait")
    with browser.Browser(program, "about:blank") as started:
        while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text():
            time.sleep(0.01)
        assert started.ended() is None
    child = int((tmp_path / "child").read_text())
    for _ in range(500):
        try:
            with open(f"/proc/{child}/stat") as stat:
                if stat.read().split()[2] == "Z":
                    return
        except FileNotFoundError:
            return
        time.sleep(0.01)
    raise AssertionError("the child is still there")
