"""Tests of reproductions: what is compared, what is found, what a clone has."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.commands import reproduce
from muslfall.diff import compare, twice
from muslfall.diff.compare import Difference

BUILT = {
    "musl.wasm": b"\0asm",
    "obj/src/string/strlen.o": b"object",
    "obj/src/string/strlen.s": b"s",
    "sysroot/include/stdio.h": b"#",
    "programs/hello.wasm": b"hello",
}
NOISE = {
    "build.ninja": b"1", ".ninja_log": b"2", "report.json": b"3", "run/hello.d8.json": b"4",
    "zig-cache/x": b"5", "obj/src/string/strlen.s.d": b"6", "compile_commands.json": b"7",
}  # fmt: skip


def make(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_what_is_no_artifact_is_not_compared(tmp_path):
    first = make(tmp_path / "a", BUILT | NOISE)
    second = make(tmp_path / "b", BUILT)
    digests, differences = compare.compare(first, second)
    assert differences == []
    assert sorted(digests) == sorted(BUILT)


def test_a_folder_called_run_inside_another_is_compared(tmp_path):
    first = make(tmp_path / "a", {"obj/run/x.o": b"1"})
    second = make(tmp_path / "b", {"obj/run/x.o": b"2"})
    assert [str(item) for item in compare.compare(first, second)[1]] == [
        "obj/run/x.o: differs from byte 0"
    ]


def test_differences_name_the_file_and_the_first_byte_sorted(tmp_path):
    first = make(tmp_path / "a", BUILT | {"only.wasm": b""})
    other = {"musl.wasm": b"\0aSm", "programs/hello.wasm": b"hello, musl"}
    second = make(tmp_path / "b", BUILT | other)
    assert compare.compare(first, second)[1] == [
        Difference("musl.wasm", 2),
        Difference("only.wasm", None, first),
        Difference("programs/hello.wasm", 5),
    ]


@pytest.mark.parametrize("at", [0, 1, compare.CHUNK - 1, compare.CHUNK, 2_000_000])
def test_the_first_difference_is_found_wherever_it_is(tmp_path, at):
    content = bytes(3 * compare.CHUNK)
    other = content[:at] + b"\1" + content[at + 1 :]
    make(tmp_path, {"a": content, "b": other, "c": content[:at]})
    assert compare.first_difference(tmp_path / "a", tmp_path / "b") == at
    assert compare.first_difference(tmp_path / "c", tmp_path / "a") == at
    assert compare.first_difference(tmp_path / "a", tmp_path / "a") is None


def test_the_table_counts_kinds_and_shows_the_digest_of_what_is_alone():
    digests = {"obj/a.o": "11", "obj/b.o": "22", "musl.wasm": "33"}
    lines = compare.table(digests, [Difference("obj/b.o", 0)])
    assert [line.split() for line in lines] == [
        ["files", "same", "sha256"],
        ["objects", "2", "1"],
        ["musl.wasm", "1", "1", "33"],
    ]


def test_the_two_circumstances_have_nothing_in_common():
    first, second = twice.circumstances()
    same = {name for name, value in vars(first).items() if vars(second)[name] == value}
    assert same == set()
    assert len(Path(first.folder).parts) != len(Path(second.folder).parts)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one commit and one uncommitted change of each kind."""
    files = {"kept": b"1", "edited": b"2", "gone": b"3", ".gitignore": b"out"}
    root = make(tmp_path / "root", files)
    name = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "."], [*name, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    (root / "edited").write_bytes(b"22")
    (root / "gone").unlink()
    return make(root, {"new/file": b"4", "out/built": b"5"})


def test_a_clone_is_as_the_checkout_is_and_clones_are_the_same(checkout, tmp_path):
    places = twice.circumstances()
    count = twice.clones(checkout, tmp_path / "top", places)
    assert count == 3
    for place in places:
        folder = tmp_path / "top" / place.folder
        paths = (path for path in folder.glob("**/*") if ".git" not in path.parts)
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths if p.is_file()}
        assert files == {
            ".gitignore": b"out",
            "kept": b"1",
            "edited": b"22",
            "new/file": b"4",
        }
        assert os.stat(folder / "kept").st_mode & place.umask == 0


def test_what_is_no_repository_is_one_error(tmp_path):
    with pytest.raises(MuslfallError, match="git clone in .*"):
        twice.clone(tmp_path, tmp_path / "clone")


def test_an_environment_passes_nothing_that_could_show(monkeypatch, tmp_path):
    monkeypatch.setenv("CFLAGS", "-O0")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "7")
    place = twice.circumstances()[1]
    env = twice.environment(place, tmp_path / "home")
    assert env.keys() & {"CFLAGS", "SOURCE_DATE_EPOCH"} == set()
    assert (env["TZ"], env["LC_ALL"], env["HOME"]) == (place.tz, place.lc_all, f"{tmp_path}/home")


REPORT = {
    "variant": "v", "opt": "O2", "objects": "aa",
    "programs": {"hello": {"module": {"sha256": "bb"}}},
    "components": {
        name: {"version": "1"} for name in ("llvm", "v8", "wasmtime", "wasm-tools", "wabt", "musl")
    },
    "artifacts": {"reassemble": {"sha256": "cc"}},
}  # fmt: skip


def test_a_report_says_what_to_build_and_what_must_come_out(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(REPORT))
    table = reproduce.load(path)
    assert reproduce.report_assignments(table) == [
        "llvm=1",
        "v8=1",
        "wasmtime=1",
        "wasm-tools=1",
        "wabt=1",
        "musl=1",
        "opt=O2",
    ]
    assert reproduce.report_digests(table) == {
        "objects": "aa",
        "musl.wasm": "cc",
        "programs/hello.wasm": "bb",
    }


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"components": {}}', "null"])
def test_what_is_no_report_is_one_error(tmp_path, text):
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(MuslfallError, match="is no report of a build|is not JSON"):
        reproduce.load(path)


def test_a_missing_report_is_one_error(tmp_path):
    with pytest.raises(MuslfallError, match="no such report"):
        reproduce.load(tmp_path / "report.json")


def test_what_differs_is_kept_to_be_looked_at(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(MuslfallError, match="and 3 more"), reproduce.folder() as top:
        (top / "built").touch()
        reproduce.refuse([f"file{n}" for n in range(reproduce.NAMED + 3)], "differs", top)
    assert (top / "built").exists()


def test_what_is_the_same_or_fails_is_cleared_away(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with reproduce.folder() as top:
        reproduce.refuse([], "differs", top)
    with pytest.raises(MuslfallError, match="cannot"), reproduce.folder():
        raise MuslfallError("cannot")
    assert list(tmp_path.iterdir()) == []


def test_the_backend_is_not_a_choice_of_a_reproduction():
    with pytest.raises(UsageError, match="backend"):
        reproduce.twice(["backend=ninja"], [])
