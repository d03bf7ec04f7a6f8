"""Manifests: written and read, compared, and made from what stands in objects' places."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muslfall import ROOT
from muslfall.base import files, tables
from muslfall.base.errors import MuslfallError
from muslfall.libc import manifest, portable, rejection
from muslfall.libc.manifest import Exclusion, Manifest

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
TOOLCHAIN = {"llvm": "18.1.6", "musl": "1.2.5", "opt": "O2"}
REJECTED = Exclusion("compile", "error", "no such thing")
BASE = Manifest(
    TOOLCHAIN,
    ("src/a.c", "src/b.c"),
    ("src/r.c",),
    {"src/x.c": REJECTED, "ldso/dynlink.c": Exclusion("port", "left-out", "the loader does it")},
)


def changed(included=BASE.included, toolchain=None, **excluded):
    """BASE with other files included, and other exclusions (src/NAME.c)."""
    table = {key: why for key, why in BASE.excluded.items() if key not in included}
    table |= {f"src/{name}.c": why for name, why in excluded.items()}
    return Manifest(toolchain or TOOLCHAIN, tuple(included), BASE.replaced, table)


@given(
    st.lists(TEXT, unique=True),
    st.lists(TEXT, unique=True),
    st.dictionaries(TEXT, st.builds(Exclusion, st.sampled_from(manifest.STAGES), TEXT, TEXT)),
)
def test_any_manifest_is_read_as_it_was_written(tmp_path_factory, included, replaced, excluded):
    made = Manifest(TOOLCHAIN, tuple(included), tuple(replaced), excluded)
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(manifest.dump(made).encode())
    assert manifest.load(path) == made


def test_the_text_is_toml_sorted_and_stable():
    text = manifest.dump(BASE)
    table = tables.toml_module().loads(text)
    assert [entry["file"] for entry in table["excluded"]] == ["ldso/dynlink.c", "src/x.c"]
    assert table["toolchain"] == TOOLCHAIN
    turned = Manifest(
        TOOLCHAIN, BASE.included, BASE.replaced, dict(reversed(list(BASE.excluded.items())))
    )
    assert manifest.dump(turned) == text
    assert text.startswith("# What llvm 18.1.6 musl 1.2.5 opt O2 makes of each file.")


def test_only_the_toolchains_exclusions_are_rejected():
    assert BASE.rejected() == {"src/x.c": REJECTED}


@pytest.mark.parametrize(
    ("built", "lines"),
    [
        (BASE, []),
        (changed(("src/a.c",), b=Exclusion("assemble", "crash", "boom")),
         ["src/b.c: was included, is excluded (assemble: crash): boom"]),
        (changed(("src/a.c", "src/b.c", "src/x.c")),
         ["src/x.c: was excluded (compile: error), is included"]),
        (changed(x=Exclusion("assemble", "error", "no such thing")),
         ["src/x.c: was excluded (compile: error), is excluded (assemble: error): no such thing"]),
        (changed(x=Exclusion("compile", "crash", "boom")),
         ["src/x.c: was excluded (compile: error), is excluded (compile: crash): boom"]),
        (changed(x=Exclusion("compile", "error", "other words")), []),
        (changed(("src/a.c", "src/b.c", "src/n.c")), ["src/n.c: was not there, is included"]),
        (changed(("src/b.c",)), ["src/a.c: was included, is not there"]),
        (changed(("src/a.c", "src/b.c", "src/r.c")), ["src/r.c: was replaced, is included"]),
        (changed(toolchain={**TOOLCHAIN, "llvm": "19.1.7"}),
         [f"toolchain: was {TOOLCHAIN}, is {({**TOOLCHAIN, 'llvm': '19.1.7'})}"]),
    ],
)  # fmt: skip
def test_compare(built, lines):
    assert manifest.compare(BASE, built) == lines


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[files", "is not (TOML|UTF-8)"),
        (b"\xff", "is not (TOML|UTF-8)"),
        (b"", "is malformed: KeyError\\('files'\\)"),
        (b"toolchain = 'x'\n[files]\nincluded = []\nreplaced = []\n", "is malformed"),
        (b"[toolchain]\n[files]\nincluded = []\n", "'replaced'"),
        (b"files = 1\n[toolchain]\n", "is malformed"),
        (b"excluded = ['x']\n[toolchain]\n[files]\n", "is malformed"),
        (manifest.dump(BASE).replace('"compile"', '"link"').encode(), "no such stage 'link'"),
    ],
)
def test_a_malformed_manifest_names_the_file(tmp_path, content, message):
    path = tmp_path / "m.toml"
    path.write_bytes(content)
    with pytest.raises(MuslfallError, match=message) as error:
        manifest.load(path)
    assert str(error.value).startswith(f"{path}: ")


def test_a_missing_manifest_says_what_to_do(tmp_path):
    with pytest.raises(MuslfallError, match="muslfall manifest"):
        manifest.load(tmp_path / "none.toml")


def test_write_if_changed_keeps_the_time(tmp_path):
    path = tmp_path / "f"
    files.write_if_changed(path, "a\r\nb\n")
    assert path.read_bytes() == b"a\r\nb\n"
    os.utime(path, (1, 1))
    files.write_if_changed(path, "a\r\nb\n")
    assert path.stat().st_mtime == 1
    files.write_if_changed(path, "a\nb\n")
    assert path.stat().st_mtime > 1
    path.write_bytes(b"\xff not text")
    files.write_if_changed(path, "text")
    assert path.read_bytes() == b"text"
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A checkout with two files of musl, one in an object and one rejected."""
    monkeypatch.chdir(tmp_path)
    for name in ("musl/src/s/a.c", "musl/src/s/b.c", "musl/ldso/dynlink.c", "obj/a.o", "obj/b.o"):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\0asm\1\0\0\0")
    record = rejection.Rejection("assemble", "error", "bad", "log").dump()
    Path("obj/b.o").write_text(record)
    Path("objects").write_text("src/s/a.c obj/a.o\nsrc/s/b.c obj/b.o\n", encoding="utf-8")
    return tmp_path


def test_the_stage_writes_manifest_and_link_list(tree):
    argv = ["--musl=musl", "--objects=objects", "--toolchain=llvm=1", "m.toml", "link.list"]
    assert manifest.main(argv) == 0
    made = manifest.load(Path("m.toml"))
    assert made.toolchain == {"llvm": "1"}
    assert made.included == ("src/s/a.c",)
    assert made.rejected() == {"src/s/b.c": Exclusion("assemble", "error", "bad")}
    assert made.excluded["ldso/dynlink.c"].reason == "left-out"
    assert Path("link.list").read_text() == "obj/a.o\n"


@pytest.mark.parametrize("content", [None, b"", b"\t.text\n"])
def test_what_is_no_object_is_never_included(tree, content):
    path = Path("obj/a.o")
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(MuslfallError, match=r"^obj/a\.o: "):
        manifest.from_objects({}, portable.find(Path("musl"), Path()), {"src/s/a.c": path})


@pytest.mark.parametrize("path", sorted(ROOT.glob("manifests/*")))
def test_every_committed_manifest_is_as_it_would_be_written(path):
    assert manifest.dump(manifest.load(path)) == path.read_text(encoding="utf-8")
    assert (
        "_".join(
            ["llvm-" + (t := manifest.load(path).toolchain)["llvm"], "musl-" + t["musl"], t["opt"]]
        )
        == path.stem
    )
