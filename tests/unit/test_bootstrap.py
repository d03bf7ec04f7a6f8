"""The front door: it makes .venv once, heals it, and says in one line what it cannot do."""

import functools
import hashlib
import http.server
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile

import pytest

from muslfall import ROOT, bootstrap
from muslfall.publish import wheels
from muslfall.publish.tree import Tree

WHEEL = "tiny_tool-1.0-py3-none-any.whl"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout whose lock has one small package, which lies in a folder of the user's."""
    root = tmp_path / "check out"
    (root / "src" / "muslfall").mkdir(parents=True)
    shutil.copy(ROOT / "muslfall", root)
    shutil.copy(ROOT / "src/muslfall/bootstrap.py", root / "src/muslfall")
    (root / "src/muslfall/__init__.py").write_text("")
    main = "import sys, tiny_tool\nprint(tiny_tool.x, *sys.argv[1:])\n"
    (root / "src/muslfall/__main__.py").write_text(main)
    index = tmp_path / "index"
    index.mkdir()
    with zipfile.ZipFile(index / WHEEL, "w") as file:
        info = "tiny_tool-1.0.dist-info"
        file.writestr("tiny_tool/__init__.py", "x = 'ready'")
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-tool\nVersion: 1.0\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    sha256 = hashlib.sha256((index / WHEEL).read_bytes()).hexdigest()
    (root / "requirements.lock").write_text(f"tiny-tool==1.0 \\\n    --hash=sha256:{sha256}\n")
    for name in [name for name in os.environ if name.startswith(("PIP_", "MUSLFALL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return root


@pytest.fixture
def quick(monkeypatch):
    """Leaves ensurepip out, as Debian does: the quick way, by the base Python's own pip."""
    monkeypatch.setattr(bootstrap, "has_module", lambda name: False)


def start(checkout, *argv, cwd=None, **environ):
    command = [str(checkout / "muslfall"), *argv]
    env = {**os.environ, **environ}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env)


def make(checkout):
    return bootstrap.main(["bootstrap", str(checkout)])


@pytest.mark.slow
def test_the_first_start_makes_it_and_the_second_does_nothing(checkout, tmp_path):
    first = start(checkout, "a b", "c")
    assert (first.returncode, first.stdout) == (0, "ready a b c\n")
    assert first.stderr.count("\n") == 1 and "making .venv" in first.stderr
    # No Python is looked for, and no folder listed: the environment's is all there is.
    (tmp_path / "link").symlink_to(checkout / "muslfall")
    again = subprocess.run(
        [tmp_path / "link", "d"], capture_output=True, text=True, cwd="/", env={"PATH": "/bin"}
    )
    assert (again.returncode, again.stdout, again.stderr) == (0, "ready d\n", "")


def test_modules_of_the_current_folder_are_not_imported(checkout, quick, tmp_path):
    assert make(checkout) == 0
    (tmp_path / "tiny_tool.py").write_text("x = 'wrong'")
    done = start(checkout, cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.stdout == "ready\n"


def test_without_ensurepip_the_pip_of_the_base_installs(checkout, quick):
    assert make(checkout) == 0
    assert start(checkout).stdout == "ready\n"
    assert start(checkout).stderr == ""


@pytest.mark.slow
def test_another_lock_or_another_place_makes_it_anew(checkout, quick, tmp_path, capsys):
    assert make(checkout) == 0
    assert make(checkout) == 0
    assert capsys.readouterr().err.count("making .venv") == 1
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert make(checkout) == 0
    moved = tmp_path / "moved"
    checkout.rename(moved)
    assert not bootstrap.is_ready(moved)
    assert make(moved) == 0
    assert capsys.readouterr().err.count("making .venv") == 2
    assert start(moved).stdout == "ready\n"


def test_a_lock_that_changes_meanwhile_is_not_taken_for_the_one_installed(
    checkout, quick, monkeypatch
):
    make_venv = bootstrap.make_venv

    def change(venv):
        with (checkout / "requirements.lock").open("a") as lock:
            lock.write("# changed meanwhile\n")
        return make_venv(venv)

    monkeypatch.setattr(bootstrap, "make_venv", change)
    assert make(checkout) == 0
    assert not bootstrap.is_ready(checkout)


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.15, 0.5, 0.9])
def test_a_start_that_was_killed_is_made_good(checkout, quick, delay, capsys):
    script = str(checkout / "src/muslfall/bootstrap.py")
    argv = [sys.executable, "-I", script, str(checkout)]
    process = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert make(checkout) == 0
    assert start(checkout).stdout == "ready\n"


@pytest.mark.slow
def test_two_first_starts_make_it_once(checkout, quick, capsys):
    codes = []
    with bootstrap.locked(checkout):
        threads = [threading.Thread(target=lambda: codes.append(make(checkout))) for _ in "12"]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        assert codes == []
    for thread in threads:
        thread.join(60)
    assert codes == [0, 0]
    err = capsys.readouterr().err
    assert err.count("making .venv from") == 1 and err.count("waiting") == 2


def one_line(text):
    assert text.endswith("\n") and "Traceback" not in text
    lines = [line for line in text.splitlines() if "making .venv" not in line]
    assert len(lines) == 1
    return lines[0]


def test_no_network_is_one_line(checkout, quick, capsys, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", "/nowhere")
    assert make(checkout) == 1
    line = one_line(capsys.readouterr().err)
    assert "cannot install the packages of requirements.lock: ERROR: No matching dist" in line
    assert "muslfall-bootstrap.log" in line
    assert not bootstrap.is_ready(checkout)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("WARNING: Retrying after connection broken by 'NewConnectionError(x)'\n"
         "ERROR: No matching distribution found for x==1", "no network, or the package index"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device: "
         "'/tmp/x'\nERROR: more", "the disk is full (No space left on device: '/tmp/x')"),
        ("Collecting x\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "ERROR: THESE PACKAGES"),
    ],
)  # fmt: skip
def test_what_went_wrong_is_said_and_not_what_pip_made_of_it(tmp_path, words, said):
    (tmp_path / "log").write_text(words)
    assert bootstrap.last_error(tmp_path / "log").startswith(said)


def test_a_wrong_hash_is_one_line(checkout, quick, capsys):
    lock = checkout / "requirements.lock"
    lock.write_text(lock.read_text()[:-9] + "00000000\n")
    assert make(checkout) == 1
    assert "cannot install" in one_line(capsys.readouterr().err)


def test_neither_ensurepip_nor_pip_is_one_line(checkout, quick, capsys, monkeypatch):
    monkeypatch.setattr(bootstrap.sys, "executable", "/bin/false")
    assert make(checkout) == 1
    assert "neither ensurepip nor pip; install python3-venv" in one_line(capsys.readouterr().err)


def test_a_broken_pip_is_one_line(checkout, capsys, monkeypatch):
    broken = [sys.executable, "-c", "import sys; sys.exit('Error: pip is broken')"]
    monkeypatch.setattr(bootstrap, "make_venv", lambda venv: broken)
    assert make(checkout) == 1
    assert "Error: pip is broken" in one_line(capsys.readouterr().err)


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_a_venv_that_is_not_ours_is_left_alone(checkout, quick, capsys, kind, tmp_path):
    venv = checkout / ".venv"
    if kind == "file":
        venv.write_text("mine")
    elif kind == "link":
        (tmp_path / "real").mkdir()
        venv.symlink_to(tmp_path / "real")
    else:
        venv.mkdir()
        (venv / "mine").write_text("mine")
    assert make(checkout) == 1
    assert "is not muslfall's; move it away" in one_line(capsys.readouterr().err)
    assert os.path.lexists(venv)


def test_a_read_only_folder_is_one_line(checkout):
    bind = ["mount", "--bind", str(checkout), str(checkout)]
    again = ["mount", "-o", "remount,bind,ro", str(checkout)]
    if os.getuid() or subprocess.call(bind) or subprocess.call(again):
        pytest.skip("a folder cannot be mounted read-only here")
    try:
        done = start(checkout)
    finally:
        subprocess.check_call(["umount", str(checkout)])
    assert done.returncode == 1
    assert "cannot write in" in one_line(done.stderr)


def test_a_python_that_is_too_old_is_one_line(checkout, tmp_path):
    old = tmp_path / "old"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = start(checkout, MUSLFALL_PYTHON=str(old))
    assert done.returncode == 1
    line = one_line(done.stderr)
    assert "needs Python 3.10 or newer, and found Python 3.9.2; install one" in line


def test_no_python_at_all_is_one_line(checkout, tmp_path):
    done = start(checkout, MUSLFALL_PYTHON=str(tmp_path / "none"))
    assert done.returncode == 1
    assert f"found no {tmp_path}/none" in one_line(done.stderr)


def test_the_lock_has_a_hash_for_every_line_and_names_no_registry():
    text = (ROOT / "requirements.lock").read_text()
    packages = text.replace("\\\n", " ").splitlines()
    assert len(packages) > 20
    for line in packages:
        assert "==" in line and " --hash=sha256:" in line
    assert "//" not in text and "index" not in text and "find-links" not in text


@pytest.fixture
def mirror(checkout, tmp_path):
    """The address of a mirror with the wheels of the lock, as `mirror publish` puts them."""
    tree = Tree(tmp_path / "mirror")
    assert wheels.publish(tree, checkout / "requirements.lock") == [WHEEL]
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tree.root)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


#: No index, and no folder of the user's: nothing but a mirror can be asked.
UNREACHABLE = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_FIND_LINKS": "",
               "PIP_RETRIES": "0", "PIP_TIMEOUT": "2"}  # fmt: skip


def test_a_mirror_is_enough(checkout, mirror, quick):
    done = start(checkout, "a", MUSLFALL_MIRROR=f"{mirror}/", **UNREACHABLE)
    assert (done.returncode, done.stdout) == (0, "ready a\n"), done.stderr
    assert "trying pip's" not in done.stderr


def test_the_lock_decides_what_a_mirror_may_give(checkout, mirror, tmp_path):
    path = tmp_path / "mirror/wheels" / WHEEL
    path.write_bytes(path.read_bytes() + b"x")
    done = start(checkout, MUSLFALL_MIRROR=mirror, **UNREACHABLE)
    assert done.returncode == 1 and "does not give all packages" in done.stderr
    assert "Traceback" not in done.stderr
    done = start(checkout, "a", MUSLFALL_MIRROR=mirror)
    assert (done.returncode, done.stdout) == (0, "ready a\n"), done.stderr
