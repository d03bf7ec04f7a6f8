"""Origins: where the files of a recorded build are taken from."""

import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest
from kit import records

from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest
from muslfall.publish import origin
from muslfall.waterfall.record import Artifact, Repository


class Libc:
    """A variant; nothing but its folder counts."""

    name, out = "it", "out/it"


def git(*words):
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    done = subprocess.run(["git", *who, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A checkout with two commits, whose build copies `source` to musl.wasm."""
    monkeypatch.chdir(tmp_path)
    Path("source").write_text("first")
    Path(".gitignore").write_text("out\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")

    def build(folder: Path) -> bool:
        out = folder / "out/it"
        out.mkdir(parents=True, exist_ok=True)
        (out / "musl.wasm").write_bytes((folder / "source").read_bytes())
        return True

    monkeypatch.setattr(origin.building, "lock", lambda libc: nullcontext())
    monkeypatch.setattr(origin.building, "build", lambda libc, flags: build(Path()))
    monkeypatch.setattr(origin, "build_clone", lambda folder, libc, jobs: build(folder))
    build(Path())
    return tmp_path


def recorded(hash=None):
    """A record of what is built in the checkout now."""
    path = Path("out/it/musl.wasm")
    repositories = {**records.made().repositories, "muslfall": Repository(hash=hash)}
    artifacts = {"musl.wasm": Artifact(digest(path), path.stat().st_size)}
    return records.made(1, repositories=repositories, artifacts=artifacts)


def built(one, work=Path("work"), notes=None):
    work.mkdir(exist_ok=True)
    return origin.built(one, Libc(), work, 2, (notes if notes is not None else []).append)


def change():
    Path("source").write_text("second")
    git("commit", "-qam", "second")


def test_what_is_there_as_recorded_is_taken(place, monkeypatch):
    one = recorded()
    monkeypatch.setattr(origin.building, "build", None)
    assert built(one) == Path("out/it")


def test_it_is_built_here_when_this_is_the_revision(place):
    one = recorded(git("rev-parse", "HEAD"))
    Path("out/it/musl.wasm").unlink()
    assert built(one) == Path("out/it")


def test_an_older_build_comes_from_a_clone_at_its_revision(place):
    first = git("rev-parse", "HEAD")
    one, notes = recorded(first), []
    change()
    Path("out/it/musl.wasm").write_text("second")
    out = built(one, notes=notes)
    assert out == Path("work/checkout/out/it") and (out / "musl.wasm").read_text() == "first"
    assert notes == [f"build 1: this checkout makes another one; building it at {first[:12]}"]
    assert Path("out/it/musl.wasm").read_text() == "second"


@pytest.mark.parametrize("hash", [None, "0" * 40, "HEAD-dirty"])
def test_a_revision_that_is_not_known_is_this_checkout_or_nothing(place, hash):
    one = recorded(hash)
    change()
    Path("out/it/musl.wasm").unlink()
    with pytest.raises(MuslfallError, match="build 1 is not what this checkout makes") as caught:
        built(one)
    assert "musl.wasm: has sha256 " in str(caught.value) and "--again" in str(caught.value)
    assert not Path("work/checkout").exists()


def test_a_clone_that_makes_something_else_is_refused(place, monkeypatch):
    one = recorded(git("rev-parse", "HEAD"))
    change()
    Path("out/it/musl.wasm").unlink()
    monkeypatch.setattr(origin, "build_clone", lambda folder, libc, jobs: None)
    with pytest.raises(MuslfallError, match="musl.wasm: is missing"):
        built(one)


def test_the_digests_of_sets(place):
    out = Path("out/it")
    (out / "obj").mkdir()
    (out / "obj/a.o").write_text("a")
    (out / "obj/objects.list").write_text("src/a.c out/it/obj/a.o\n")
    found = origin.artifact_digest(out, "objects")
    assert found == origin.report.objects(out)
    assert origin.artifact_digest(place / out, "objects") == found
    (out / "obj/a.o").unlink()
    assert origin.artifact_digest(out, "objects") is None
    assert origin.artifact_digest(Path("out/none"), "objects") is None
