"""The fetch: from any source into the store, whatever goes wrong on the way."""

import hashlib
import io
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile

import pytest
from kit.mirror import serve

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest
from muslfall.base.progress import PlainProgress, Progress
from muslfall.cli import main
from muslfall.fetch import fetcher
from muslfall.fetch import links as fetch_links
from muslfall.fetch.archive import Entry, damage
from muslfall.fetch.store import Store
from muslfall.pins import series as pins
from muslfall.pins.release import File, Release

COMPONENTS = ("llvm", "v8", "wabt")


def wheel(members, text="x"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bin/tool", "#!/bin/sh\necho tool\n")
        for number in range(members):
            file.writestr(f"lib/d{number % 17}/f{number}", f"{text}{number}" * 50)
    return data.getvalue()


def release(component, data, **fields):
    file = File("any", f"{component}-1.whl", hashlib.sha256(data).hexdigest(), len(data))
    rules = {"executables": ("bin/tool",), "tools": {"tool": ("bin/tool",)}}
    return Release(component, "1.0", "url", f"{component}==1", (file,), **rules, **fields)


class Notes(Progress):
    """Collects what the user would be told."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def note(self, text):
        self.lines.append(text)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def mirror(monkeypatch):
    with serve() as running:
        monkeypatch.setenv("MUSLFALL_MIRROR", running.url)
        yield running


@pytest.fixture
def offer(mirror):
    """Puts content on the mirror; returns the release that is pinned to it."""

    def put(component="wabt", members=3, **fields):
        data = wheel(members, component)
        made = release(component, data, **fields)
        mirror.files[f"/sha256/{made.files[0].sha256}"] = data
        return made

    return put


def path_of(made):
    return f"/sha256/{made.files[0].sha256}"


def assert_sound(store):
    """Nothing in the store claims to be what it is not."""
    for path in (store.root / "sha256").glob("*"):
        assert digest(path) == path.name
    for marker in (store.root / "tree").glob("*.json"):
        entries = json.loads(marker.read_text())["entries"]
        tree = marker.with_name(marker.name.removesuffix(".json"))
        assert damage(tree, {path: Entry(*entry) for path, entry in entries.items()}) == []


def test_releases_are_fetched_unpacked_and_not_fetched_again(store, mirror, offer):
    releases = [offer(name) for name in COMPONENTS]
    trees = fetcher.ensure(releases, store=store)
    assert list(trees) == list(COMPONENTS) and len(mirror.log) == 3
    for name, tree in trees.items():
        assert (tree / "lib/d0/f0").read_text().startswith(f"{name}0")
        assert subprocess.check_output([tree / "bin/tool"]) == b"tool\n"
    assert fetcher.ensure(releases, store=store, offline=True) == trees
    assert len(mirror.log) == 3
    assert_sound(store)


def test_what_is_there_needs_no_client_and_no_lock(store, offer):
    made = offer()
    fetcher.ensure([made], store=store)
    shutil.rmtree(store.root / "locks")
    fetcher.ensure([made], store=store)
    assert not (store.root / "locks").exists()


def test_offline_names_what_is_missing_and_asks_nobody(store, mirror, offer):
    releases = [offer(name) for name in COMPONENTS]
    with pytest.raises(MuslfallError) as caught:
        fetcher.ensure(releases, store=store, offline=True)
    text = str(caught.value)
    assert all(f"{name}-1.0: {name}-1.whl: is not in the store" in text for name in COMPONENTS)
    assert mirror.log == []


def test_offline_unpacks_what_the_store_has(store, mirror, offer):
    made = offer()
    tree = fetcher.ensure([made], store=store)["wabt"]
    shutil.rmtree(store.root / "tree")
    assert fetcher.ensure([made], store=store, offline=True)["wabt"] == tree
    assert len(mirror.log) == 1


def test_a_tampered_file_is_refused_and_the_next_source_is_tried(store, mirror, offer):
    made = offer()
    good = mirror.files[path_of(made)]
    file = made.files[0]
    mirror.files["/public"] = good
    mirror.files[path_of(made)] = good[:-1] + bytes([good[-1] ^ 1])
    file = File(file.platform, file.name, file.sha256, file.size, f"{mirror.url}/public")
    made = Release("wabt", "1.0", "url", "x", (file,), made.tools, executables=made.executables)
    notes = Notes()
    fetcher.ensure([made], store=store, progress=notes)
    got = hashlib.sha256(good[:-1] + bytes([good[-1] ^ 1])).hexdigest()
    assert any(f"has sha256 {got} instead of {file.sha256}" in line for line in notes.lines)
    assert_sound(store)


def test_when_no_source_has_it_each_is_quoted(store, mirror, offer):
    made = offer()
    mirror.files[path_of(made)] = bytes(made.files[0].size)
    file = made.files[0]
    file = File(file.platform, file.name, file.sha256, file.size, f"{mirror.url}/gone")
    made = Release("wabt", "1.0", "npm", "x", (file,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/nowhere")
        with pytest.raises(MuslfallError) as caught:
            fetcher.ensure([made], store=store)
    lines = str(caught.value).splitlines()
    assert lines[0] == "wabt-1.0: wabt-1.whl: none of its sources has the pinned file:"
    assert lines[1].startswith("  mirror: wabt-1.whl: has sha256 ")
    assert lines[2] == "  npm: npm: is not installed"
    assert "public URL" in lines[3] and "404" in lines[3]
    assert lines[4].startswith("  try: ")
    assert not store.has_object(file)


def test_all_that_failed_is_told_and_all_else_is_there(store, mirror, offer):
    good, bad, worse = (offer(name) for name in COMPONENTS)
    del mirror.files[path_of(bad)], mirror.files[path_of(worse)]
    with pytest.raises(MuslfallError, match="2 of 3 releases cannot be had") as caught:
        fetcher.ensure([good, bad, worse], store=store)
    assert len(caught.value.problems) == 2
    assert store.tree(good, good.files[0])


def test_no_source_is_left_for_an_archive_that_escapes(store, mirror):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("bin/tool", "x")
        file.writestr("../../evil", "x")
    made = release("wabt", data.getvalue())
    mirror.files[path_of(made)] = data.getvalue()
    with pytest.raises(MuslfallError, match="'../../evil' leaves the folder"):
        fetcher.ensure([made], store=store)
    assert store.tree(made, made.files[0]) is None
    assert os.listdir(store.root / "tmp") == []
    assert not list(store.root.parent.rglob("evil"))


def test_verify_heals_a_corrupted_file_and_a_damaged_tree(store, mirror, offer):
    made = offer()
    tree = fetcher.ensure([made], store=store)["wabt"]
    stored = store.object_path(made.files[0])
    stored.chmod(0o644)
    stored.write_bytes(bytes(made.files[0].size))
    (tree / "lib/d0/f0").write_text("damaged")
    assert fetcher.ensure([made], store=store)["wabt"] == tree, "the cheap checks do not see it"
    notes = Notes()
    fetcher.ensure_all([made], store=store, verify=True, progress=notes)
    text = "\n".join(notes.lines)
    assert "file is missing or wrong" in text and "tree is wrong (lib/d0/f0)" in text
    assert_sound(store)
    assert (tree / "lib/d0/f0").read_text() != "damaged"
    notes = Notes()
    fetcher.ensure_all([made], store=store, verify=True, progress=notes)
    assert notes.lines == [] and len(mirror.log) == 2


def test_a_corrupted_file_is_fetched_again_when_it_has_to_be_unpacked(store, mirror, offer):
    made = offer()
    fetcher.ensure([made], store=store)
    stored = store.object_path(made.files[0])
    stored.chmod(0o644)
    stored.write_bytes(bytes(made.files[0].size))
    shutil.rmtree(store.root / "tree")
    fetcher.ensure([made], store=store)
    assert_sound(store)
    assert len(mirror.log) == 2


CHILD = """
import pickle, sys
from pathlib import Path
from muslfall.base.progress import PlainProgress
from muslfall.fetch import fetcher
from muslfall.fetch.store import Store
releases = pickle.loads(Path(sys.argv[2]).read_bytes())
fetcher.ensure(releases, store=Store(Path(sys.argv[1])), progress=PlainProgress(sys.stderr))
"""


@pytest.fixture
def child(store, tmp_path):
    """Starts another process that fetches releases into the store."""

    def start(releases):
        (tmp_path / "releases").write_bytes(pickle.dumps(releases))
        argv = [sys.executable, "-c", CHILD, str(store.root), str(tmp_path / "releases")]
        return subprocess.Popen(argv, cwd=ROOT / "src", stderr=subprocess.PIPE, text=True)

    return start


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_download_that_was_killed_is_resumed(store, mirror, offer, child):
    made = offer(members=3000)
    never = threading.Event()
    mirror.faults[path_of(made)] = [("stall", never)]
    process = child([made])
    partial = store.partial_path(made.files[0])
    half = made.files[0].size // 2
    wait_for(lambda: partial.exists() and partial.stat().st_size == half)
    kill(process)
    never.set()
    assert not store.has_object(made.files[0])
    fetcher.ensure([made], store=store)
    assert mirror.log[-1] == (path_of(made), f"bytes={half}-")
    assert os.listdir(store.root / "tmp") == [], "the killed one's workspace is swept"
    assert_sound(store)


@pytest.mark.slow
def test_killed_at_any_moment_the_store_is_never_wrong(store, mirror, offer, child):
    releases = [offer(name, members=400) for name in COMPONENTS]
    start = time.monotonic()
    assert child(releases).wait() == 0
    whole = time.monotonic() - start
    shutil.rmtree(store.root)
    killed = 0
    for step in range(6):
        process = child(releases)
        time.sleep(whole * (0.4 + 0.1 * step))
        killed += process.poll() is None
        kill(process)
        assert_sound(store)
        if step % 3 == 2:
            shutil.rmtree(store.root)
    assert killed >= 2
    trees = fetcher.ensure(releases, store=store)
    assert len(trees) == 3
    assert os.listdir(store.root / "tmp") == []
    assert_sound(store)


def test_what_a_killed_process_left_is_swept_though_nothing_is_missing(store, offer):
    made = offer()
    fetcher.ensure([made], store=store)
    (store.root / "tmp/1-dead/old").mkdir(parents=True)
    (store.root / "tmp/1-dead.lock").touch()
    fetcher.ensure([made], store=store)
    assert os.listdir(store.root / "tmp") == []


def test_two_at_once_fetch_once_and_the_second_says_that_it_waits(store, mirror, offer, child):
    made = offer(members=1000)
    go_on = threading.Event()
    mirror.faults[path_of(made)] = [("stall", go_on)]
    first = child([made])
    wait_for(lambda: mirror.log)
    notes = Notes()
    second = threading.Thread(
        target=fetcher.ensure, args=([made],), kwargs={"store": store, "progress": notes}
    )
    second.start()
    wait_for(lambda: notes.lines)
    assert notes.lines == ["wabt-1.0: another muslfall is fetching it; waiting"]
    go_on.set()
    second.join(20)
    assert first.wait(20) == 0
    first.communicate()
    assert len(mirror.log) == 1
    assert_sound(store)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte: a tmpfs where one can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.getuid() or shutil.which("mount") is None or subprocess.call(mount):
        pytest.skip("a tmpfs cannot be mounted here")
    yield folder
    subprocess.check_call(["umount", "--lazy", str(folder)])


@pytest.mark.parametrize("members", [400, 30_000])
def test_a_full_disk_is_one_error_and_leaves_nothing_wrong(small_disk, offer, members):
    """400 members fit packed but not unpacked; 30,000 not even packed."""
    made = offer(members=members)
    (small_disk / "filler").write_bytes(bytes(500_000))
    store = Store(small_disk / "store")
    with pytest.raises(OSError, match="No space left on device"):
        fetcher.ensure([made], store=store)
    assert_sound(store)
    assert store.tree(made, made.files[0]) is None
    assert not (store.root / "tmp").exists() or os.listdir(store.root / "tmp") == []


def test_a_disk_that_fills_while_unpacking(store, offer, monkeypatch):
    made = offer()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("muslfall.fetch.archive.Writer.copy", full)
    with pytest.raises(OSError, match="No space left"):
        fetcher.ensure([made], store=store)
    monkeypatch.undo()
    assert os.listdir(store.root / "tmp") == []
    fetcher.ensure([made], store=store, offline=True)
    assert_sound(store)


def test_trees_are_linked_into_out(store, offer, tmp_path):
    trees = fetcher.ensure([offer("llvm"), offer("v8")], store=store)
    links = fetch_links.link(tmp_path, trees)
    assert links["llvm"] == tmp_path / "out/pinned/llvm-1.0"
    assert (links["llvm"] / "bin/tool").is_file()
    before = links["v8"].lstat()
    links["llvm"].unlink()
    links["llvm"].symlink_to("elsewhere")
    fetch_links.link(tmp_path, trees)
    assert os.readlink(links["llvm"]) == str(trees["llvm"])
    assert links["v8"].lstat() == before, "a right link is left alone"
    assert sorted(os.listdir(tmp_path / "out/pinned")) == ["llvm-1.0", "v8-1.0"]


def test_plain_progress_is_lines():
    stream = io.StringIO()
    progress = PlainProgress(stream, interval=0)
    progress.start("k", "llvm: from pip", 2_000_000)
    progress.advance("k", 500_000)
    progress.finish("k")
    wanted = ["muslfall: llvm: from pip (2.0 MB)", "muslfall: llvm: from pip: 25%"]
    assert stream.getvalue().splitlines() == wanted


def test_a_cancelled_progress_stops_its_workers():
    progress = Progress()
    progress.advance("k", 1)
    progress.cancel()
    with pytest.raises(KeyboardInterrupt):
        progress.advance("k", 2)


@pytest.fixture
def muslfall(tmp_path, monkeypatch):
    """Runs the command line with an empty store."""
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "store"))

    def run(*argv):
        return main(list(argv))

    return run


def test_list_shows_every_release_and_marks_the_build(muslfall, tmp_path, capsys):
    assert muslfall("fetch", "--list", "llvm=18.1.6") == 0
    lines = capsys.readouterr().out.splitlines()
    assert str(tmp_path / "store") in lines[0] and "llvm=18.1.6" in lines[0]
    versions = [r.name for r in pins.load_series(ROOT, "llvm").releases]
    llvm = [line for line in lines if " llvm-" in line]
    assert [line.split()[1 if line[0] == "*" else 0] for line in llvm] == versions
    assert [line.split()[1] for line in llvm if line[0] == "*"] == ["llvm-18.1.6"]
    assert all(line.split().count("missing") == 2 for line in llvm)
    assert not (tmp_path / "store").exists()


def test_fetch_offline_with_an_empty_store(muslfall, capsys):
    assert muslfall("fetch", "--offline") == 1
    err = capsys.readouterr().err
    assert "6 of 6 releases cannot be had" in err and "without --offline" in err


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("llvm", "llvm: expected NAME=VALUE"),
        ("llvm=", "llvm=: expected NAME=VALUE"),
        ("llvm=1", "llvm: no release '1'"),
        ("gcc=1", "gcc: no such variable"),
    ],
)
def test_a_wrong_word_is_wrong_usage(muslfall, capsys, word, message):
    assert muslfall("fetch", word) == 2
    assert message in capsys.readouterr().err
