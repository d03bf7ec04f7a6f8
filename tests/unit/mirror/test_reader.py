"""Mirrors: an archive fetched from one becomes a release, and what is wrong stays outside."""

import hashlib
import io
import json
import tarfile
import threading

import pytest
from kit.mirror import serve
from kit.mirrored_builds import CLANG, WASM_LD
from kit.published_tree import Checkout, snapshot

from muslfall.base.errors import MuslfallError
from muslfall.base.progress import Progress
from muslfall.cli import main
from muslfall.fetch import http
from muslfall.fetch.store import Store
from muslfall.mirror import layouts
from muslfall.mirror import reader as mirrors
from muslfall.mirror.reader import Mirror
from muslfall.pins import mirrored
from muslfall.publish.keys import Ring
from muslfall.publish.repository import Repository

MODES = {"tbz2": "w:bz2", "xz": "w:xz"}
HASH = "0123456789" * 4
NEVER = threading.Event()


def tarball(root, kind="tbz2", clang=CLANG, **more):
    """An archive with stand-ins of the tools below `root`."""
    files = {"bin/clang": clang, "bin/wasm-ld": WASM_LD, "bin/llvm-ar": "#!/bin/sh\n", **more}
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=MODES[kind]) as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(f"{root}/{path}")
            info.size, info.mode = len(text), 0o755
            tar.addfile(info, io.BytesIO(text.encode()))
    return data.getvalue()


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "store"))
    return Store()


@pytest.fixture
def server():
    with serve() as running:
        yield running


@pytest.fixture
def adopt(server, store):
    """Fetches a reference from the server's mirror in a layout."""

    def run(ref, layout="waterfall", sha256="", patience=http.PATIENCE):
        read = mirrors.unsigned(server.url, patience)
        mirror = Mirror(server.url, layout, "linux-x86_64", read, store, Progress(), patience)
        return mirror.adopt(ref, sha256)

    return run


@pytest.fixture
def offer(server):
    """Puts a build of the waterfall on the server."""

    def put(number=7, data=None, name="wasm-binaries.tbz2"):
        path = f"/linux/{number}/{name}"
        server.files[path] = tarball("wasm-install") if data is None else data
        server.files["/linux/lkgr.json"] = json.dumps({"build": str(number)}).encode()
        return path

    return put


def assert_nothing_kept(store):
    """No record, no tree, no file that claims to be one, no work left over."""
    assert not list(mirrored.folder().glob("*"))
    assert not list((store.root / "tmp").glob("*"))
    assert not list((store.root / "tree").glob("*"))


def test_a_build_of_the_waterfall(offer, adopt, server, store):
    path = offer()
    record = adopt("lkgr")
    assert record.sha256 == hashlib.sha256(server.files[path]).hexdigest()
    assert (record.label, record.url, record.llvm) == ("7", server.url + path, "18.1.2")
    assert (
        mirrored.find(store.root, "mirror:lkgr") == record == mirrored.find(store.root, "mirror:7")
    )
    release = record.archive_release(tools=record.tools)
    tree = store.tree(release, release.files[0])
    assert (tree / "bin/clang").read_text() == CLANG


def test_the_first_years_had_the_number_in_the_name(offer, adopt, server):
    offer(name="wasm-binaries-7.tbz2")
    assert adopt("7").name == "wasm-binaries-7.tbz2"
    assert [path for path, _ in server.log][:2] == [
        "/linux/7/wasm-binaries.tbz2",
        "/linux/7/wasm-binaries-7.tbz2",
    ]


@pytest.mark.parametrize("kind", ["tar.xz", "tbz2"])
def test_emscripten_releases(adopt, server, store, kind):
    tags = {"aliases": {"latest": "3.1.50"}, "releases": {"3.1.50": HASH}}
    server.files["/emscripten-releases-tags.json"] = json.dumps(tags).encode()
    data = tarball("install", kind.rpartition(".")[2])
    server.files[f"/linux/{HASH}/wasm-binaries.{kind}"] = data
    record = adopt("latest", "emscripten")
    assert (record.label, record.name) == ("3.1.50", f"wasm-binaries.{kind}")
    assert mirrored.find(store.root, "mirror:latest") == record
    assert mirrored.find(store.root, "mirror:3.1.50") == record


def test_emscriptens_tags_from_a_file(server, store, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("muslfall.pins.release.current_platform", lambda: "linux-x86_64")
    tags = tmp_path / "emscripten-releases-tags.json"
    tags.write_text(json.dumps({"aliases": {"latest": "3.1.50"}, "releases": {"3.1.50": HASH}}))
    server.files[f"/linux/{HASH}/wasm-binaries.tbz2"] = tarball("install")
    words = ["fetch", "--mirror", server.url, "latest", "--layout", "emscripten", "--unsigned"]
    assert main(words) == 1
    assert "emscripten-releases-tags.txt: the server says 404" in capsys.readouterr().err
    assert main([*words, "--tags", str(tags)]) == 0
    assert mirrored.find(store.root, "mirror:3.1.50").llvm == "18.1.2"


def test_ours_says_what_the_archive_is(adopt, server, store):
    data = tarball("wasm-install", "xz")
    pin = {"build": 7, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    server.files["/linux-x86_64/7/wasm-binaries.json"] = json.dumps(pin).encode()
    server.files["/linux-x86_64/7/wasm-binaries.tar.xz"] = data[:-1] + b"x"
    with pytest.raises(MuslfallError, match=f"instead of {pin['sha256']}"):
        adopt("7", "muslfall")
    server.files["/linux-x86_64/7/wasm-binaries.tar.xz"] = data + b"x"
    with pytest.raises(MuslfallError, match=f"by the mirror's word {len(data)}"):
        adopt("7", "muslfall")
    assert_nothing_kept(store)
    server.files["/linux-x86_64/7/wasm-binaries.tar.xz"] = data
    assert adopt("7", "muslfall").sha256 == pin["sha256"]
    with pytest.raises(MuslfallError, match="by the mirror's word, not 1111"):
        adopt("7", "muslfall", "1" * 64)


def test_a_second_time_nothing_comes_over_the_network(offer, adopt, server):
    path = offer()
    first = adopt("7")
    count = len(server.log)
    assert adopt("7", sha256=first.sha256) == first
    assert [asked for asked, _ in server.log[count:]] == [path], "the HEAD alone"


def test_a_build_that_became_another_one_is_refused(offer, adopt, store):
    offer()
    record = adopt("7")
    offer(data=tarball("wasm-install", more="x"))
    with pytest.raises(MuslfallError, match=f"it had {record.sha256} when it was fetched before"):
        adopt("7")
    assert mirrored.find(store.root, "mirror:7") == record


def test_a_digest_that_is_asked_for_decides(offer, adopt, store):
    offer()
    with pytest.raises(MuslfallError, match="instead of " + "0" * 64):
        adopt("7", sha256="0" * 64)
    assert_nothing_kept(store)


def test_an_interrupted_download_goes_on_within_a_run(offer, adopt, server):
    path = offer(data=tarball("wasm-install", more="x" * 100_000))
    server.faults[path] = [None, ("cut", 100)]
    adopt("7")
    assert server.log[-1] == (path, "bytes=100-")


def test_what_an_earlier_run_left_is_not_trusted(offer, adopt, server, store):
    path = offer()
    key = hashlib.sha256((server.url + path).encode()).hexdigest()
    (store.root / "partial").mkdir(parents=True)
    (store.root / "partial" / key).write_bytes(b"something else")
    assert adopt("7").sha256 == hashlib.sha256(server.files[path]).hexdigest()


ARCHIVE, LKGR = "/linux/7/wasm-binaries.tbz2", "/linux/lkgr.json"


@pytest.mark.parametrize(
    ("path", "faults", "message"),
    [
        (LKGR, [404, "forever"], "lkgr.json: the server says 404"),
        (LKGR, [503, "forever"], "lkgr.json: the server says 503"),
        (LKGR, ["page", "forever"], "lkgr.json: is not JSON; it starts with '<!DOCTYPE html>"),
        (LKGR, [("to", LKGR), "forever"], "redirects more than 8 times"),
        (LKGR, ["endless"], f"longer than the {layouts.SMALL} bytes"),
        (LKGR, [("cut", 3), "forever"], "the connection broke"),
        (ARCHIVE, [404, "forever"], "build 7: is not on the mirror"),
        (ARCHIVE, [500, "forever"], "the server says 500"),
        (ARCHIVE, [None, 503, "forever"], "the server says 503"),
        (ARCHIVE, ["page", "forever"], r"is a page \(text/html\) and not an archive"),
        (ARCHIVE, [None, "page", "forever"], r"sent a page \(text/html\) instead of the file"),
        (ARCHIVE, [("to", ARCHIVE), "forever"], "redirects more than 8 times"),
        (ARCHIVE, ["nolength", "forever"], "does not say how long the file is"),
        (ARCHIVE, [None, "endless"], "more than the [0-9]+ bytes"),
        (ARCHIVE, [None, ("cut", 0), "forever"], r"the connection broke \(0 of"),
        (ARCHIVE, [None, ("stall", NEVER), "forever"], "nothing more came in time"),
    ],
)
def test_each_failure_is_one_clear_error_and_leaves_nothing(
    offer, adopt, server, store, monkeypatch, path, faults, message
):
    offer()
    server.faults[path] = faults
    session = http.make_session
    monkeypatch.setattr(http, "make_session", lambda: session(backoff=0))
    patience = http.Patience(read=0.1 if "in time" in message else 10)
    monkeypatch.setattr(layouts, "SMALL", layouts.SMALL if "endless" not in faults else 1000)
    with pytest.raises(MuslfallError, match=message.replace(str(1 << 20), "1000")) as caught:
        adopt("lkgr", patience=patience)
    NEVER.set()
    NEVER.clear()
    assert len(str(caught.value).splitlines()) <= 4
    assert_nothing_kept(store)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (tarball("elsewhere"), "has no toolchain in it"),
        (tarball("wasm-install")[:-40], "is damaged"),
        (b"no archive at all", "is damaged"),
        (tarball("wasm-install/.."), "leaves the folder"),
        (tarball("wasm-install", clang="#!/bin/sh\nexit 1\n"), "does not say its version"),
    ],
)
def test_what_is_no_toolchain_is_never_a_release(offer, adopt, data, message):
    offer(data=data)
    with pytest.raises(MuslfallError, match=message):
        adopt("7")
    assert mirrored.every() == []


def test_an_archive_that_is_too_long_is_not_fetched(offer, adopt, server, monkeypatch):
    offer()
    monkeypatch.setattr(mirrors, "MAX_ARCHIVE", 100)
    with pytest.raises(MuslfallError, match="more than the 100 that are allowed"):
        adopt("7")
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lkgr"], "names: llvm"),
        (["--unsigned"], "are for a build of a mirror"),
        (["--mirror", "http://x.example", "--unsigned"], "are for a build of a mirror"),
        (["--mirror", "ftp://x", "7"], "ftp://x: is no address of a mirror"),
        (["--mirror", "http://x.example", "7", "--layout", "waterfall"], "--unsigned"),
        (["--mirror", "http://x.example", "7", "--unsigned", "--root", "x"], "exclude each other"),
        (["--mirror", "http://x.example", "7", "8", "--unsigned"], "one build at a time"),
        (["--mirror", "http://x.example", "7", "--unsigned", "--sha256", "1"], "64 lower-case"),
        (["--mirror", "http://x.example", "7", "--unsigned", "--offline"], "exclude each other"),
    ],
)
def test_wrong_usage(store, capsys, words, message):
    assert main(["fetch", *words]) == 2
    assert message in capsys.readouterr().err


def test_the_command_says_what_came(offer, server, store, capsys, monkeypatch):
    monkeypatch.setattr("muslfall.pins.release.current_platform", lambda: "linux-x86_64")
    offer()
    words = ["fetch", "--mirror", server.url, "lkgr", "--layout", "waterfall", "--unsigned"]
    assert main(words) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{server.url}{ARCHIVE}: LLVM 18.1.2, sha256 ")
    assert "LLVM 18.1.6 needs; compiler-rt from the LKGR's zig" in second
    assert third.startswith("./muslfall build llvm=mirror-7-")
    assert main(["fetch", "--list"]) == 0
    assert "llvm-mirror-7-" in capsys.readouterr().out


def test_a_mirror_that_is_signed(server, store, tmp_path, capsys, monkeypatch):
    """What `mirror publish` laid out and `trust` signed is fetched; a byte more is not."""
    monkeypatch.setattr("muslfall.pins.release.current_platform", lambda: "linux-x86_64")
    checkout = Checkout(tmp_path / "checkout", monkeypatch)
    tree = tmp_path / "mirror"
    checkout.publish(tree, checkout.record(1), lkgr=1)
    keys = tmp_path / "keys"
    Repository(tree).create(keys, 1, 1)
    Repository(tree).sign(Ring([keys]))
    server.files = {f"/{path}": (tree / path).read_bytes() for path in snapshot(tree)}
    words = ["fetch", "--mirror", server.url, "lkgr", "--root", str(tree / "metadata/1.root.json")]
    assert main(words) == 0
    assert "LLVM 18.1.2" in capsys.readouterr().out
    assert mirrored.find(store.root, "mirror:lkgr").tools["ar"] == ("llvm/ziglang/zig", "ar")
    path = "/linux-x86_64/1/wasm-binaries.json"
    server.files[path] = server.files[path].replace(b'"build": 1', b'"build": 2')
    for kept in (store.root / "sha256").glob("*"):
        kept.unlink()
    assert main([*words[:3], "1", *words[4:]]) == 1
    assert "cannot be had as it is signed" in capsys.readouterr().err
    assert main([*words[:3], "2", *words[4:]]) == 1
    assert "is not among the files that the mirror signs" in capsys.readouterr().err
