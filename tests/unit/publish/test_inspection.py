"""Inspection: a tree as published has nothing wrong, and whatever is wrong is all told."""

import json
import os

import pytest
from kit.mirror import serve
from kit.published_tree import PLATFORM, Checkout, snapshot

from muslfall.base.progress import Progress
from muslfall.cli import main
from muslfall.publish import inspection, packing
from muslfall.publish.keys import Ring
from muslfall.publish.repository import Repository


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    return Checkout(tmp_path, monkeypatch)


@pytest.fixture
def tree(tmp_path, checkout):
    """A tree with two builds, of which the first is the LKGR."""
    checkout.publish(tmp_path / "mirror", checkout.record(1), checkout.record(2), lkgr=1)
    return tmp_path / "mirror"


def inspect(where):
    builds, problems = inspection.inspect(str(where), Progress())
    return builds, [str(problem) for problem in problems]


@pytest.fixture
def server(tree):
    """The same tree behind a web server."""
    with serve() as running:
        running.files = {f"/{path}": (tree / path).read_bytes() for path in snapshot(tree)}
        yield running


def test_a_tree_as_published(tree, server, capsys):
    assert inspect(tree) == (2, [])
    assert inspect(server.url) == (2, [])
    assert main(["mirror", "verify", str(tree)]) == 0
    assert capsys.readouterr().out == f"{tree}: 2 builds, all as it should be\n"


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def objects(tree):
    return sorted((tree / "sha256").iterdir())


def repack(tree, *items):
    """Another archive as build 2's, with its pin."""
    folder = tree / PLATFORM / "2"
    packing.pack(folder / "wasm-binaries.tar.xz", items)
    data = (folder / "wasm-binaries.tar.xz").read_bytes()
    sha256 = inspection.hashlib.sha256(data).hexdigest()
    pin = {"build": 2, "sha256": sha256, "size": len(data)}
    (folder / "wasm-binaries.json").write_text(json.dumps(pin))


CASES = {
    "object": (lambda t: flip(objects(t)[0]), ["has sha256 "]),
    "no object": (lambda t: objects(t)[0].unlink(), ["is missing: "]),
    "archive": (lambda t: flip(t / PLATFORM / "2/wasm-binaries.tar.xz"), ["has sha256 "]),
    "no archive": (lambda t: (t / PLATFORM / "2/wasm-binaries.tar.xz").unlink(), ["is missing"]),
    "short archive": (
        lambda t: os.truncate(t / PLATFORM / "2/wasm-binaries.tar.xz", 100),
        ["is 100 bytes long, pinned "],
    ),
    "no pin": (lambda t: (t / PLATFORM / "2/wasm-binaries.json").unlink(), ["is missing"]),
    "no record": (
        lambda t: (t / PLATFORM / "2/build.json").unlink(),
        ["2/build.json: is missing", "latest.json: is not the record of build 2"],
    ),
    "page": (lambda t: (t / PLATFORM / "builds.json").write_text("<html>"), ["is not JSON"]),
    "no lkgr": (lambda t: (t / PLATFORM / "lkgr.json").unlink(), ["lkgr.json: is missing"]),
    "other lkgr": (
        lambda t: (t / PLATFORM / "lkgr.json").write_bytes(
            (t / PLATFORM / "2/build.json").read_bytes()
        ),
        ["lkgr.json: is not the record of build 1"],
    ),
    "empty archive": (
        lambda t: repack(t),
        [
            "has no build.json",
            "has no bin/clang",
            "has no bin/wasm-ld",
            "has no bin/llvm-ar",
            "has no musl.wasm",
        ],
    ),
    "other libc": (
        lambda t: repack(
            t,
            packing.bytes_item("wasm-install/build.json", b"{}"),
            packing.bytes_item("wasm-install/musl.wasm", b"other"),
            packing.bytes_item("wasm-install/sysroot/include/a.h", b"other"),
            packing.bytes_item("evil", b""),
            *(
                packing.bytes_item(f"wasm-install/bin/{n}", b"")
                for n in ("clang", "wasm-ld", "llvm-ar")
            ),
        ),
        [
            "its member 'evil' is not in wasm-install/",
            "its build.json is not the one beside it",
            "its musl.wasm has sha256 ",
            "its sysroot/include has sha256 ",
        ],
    ),
}


@pytest.mark.parametrize(("change", "wanted"), CASES.values(), ids=CASES)
def test_what_is_wrong(tree, change, wanted):
    change(tree)
    _, problems = inspect(tree)
    assert len(problems) == len(wanted), problems
    assert all(any(part in problem for problem in problems) for part in wanted), problems
    with serve() as running:
        running.files = {f"/{path}": (tree / path).read_bytes() for path in snapshot(tree)}
        assert inspect(running.url)[1] == problems


def test_all_problems_are_told_at_once(tree, capsys):
    flip(objects(tree)[0])
    (tree / PLATFORM / "lkgr.json").unlink()
    flip(tree / PLATFORM / "2/wasm-binaries.tar.xz")
    assert main(["mirror", "verify", str(tree)]) == 1
    assert f"{tree}: 3 problems, 2 builds:" in capsys.readouterr().err


def test_what_does_not_belong_there(tree):
    (tree / "sha256/readme").write_text("x")
    (tree / "sha256" / ("0" * 64)).write_text("x")
    (tree / PLATFORM / "9").mkdir()
    assert [problem.rpartition(": ")[2] for problem in inspect(tree)[1]] == [
        f"is not in {PLATFORM}/builds.json",
        f"has sha256 {inspection.hashlib.sha256(b'x').hexdigest()}",
        "is no pinned file",
    ]


def test_a_build_on_another_ones_place(tree):
    index = json.loads((tree / PLATFORM / "builds.json").read_text())
    (tree / PLATFORM / "2").rename(tree / PLATFORM / "3")
    index |= {"builds": [1, 3], "latest": 3}
    (tree / PLATFORM / "builds.json").write_text(json.dumps(index))
    _, problems = inspect(tree)
    assert any("is of build 2 on linux-x86_64" in problem for problem in problems)
    assert any("is about build 2" in problem for problem in problems)


def test_signatures_that_do_not_fit(tree, tmp_path):
    repository = Repository(tree)
    repository.create(tmp_path / "keys", 1, 1)
    repository.sign(Ring([tmp_path / "keys"]))
    assert inspect(tree) == (2, [])
    (tree / PLATFORM / "lkgr.json").write_bytes((tree / PLATFORM / "latest.json").read_bytes())
    (tree / PLATFORM / "new").write_text("x")
    (tree / PLATFORM / "latest.json").unlink()
    _, problems = inspect(tree)
    for wanted in (
        "lkgr.json: is not what is signed",
        "new: is not signed",
        "latest.json: is signed, and is missing",
    ):
        assert any(wanted in problem for problem in problems), problems


def test_where_there_is_no_mirror(tmp_path, server, capsys):
    assert inspect(tmp_path)[1] == ["the mirror: there is no build in it"]
    assert inspect(f"{server.url}/nowhere")[1] == ["the mirror: there is no build in it"]
    assert main(["mirror", "verify", str(tmp_path / "none")]) == 2
    assert "is no folder and no address" in capsys.readouterr().err
