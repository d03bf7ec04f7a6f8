"""The report of a variant, made from a build that is made up here."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.build import report
from muslfall.libc import manifest
from muslfall.libc.manifest import Exclusion, Manifest
from muslfall.pins import release as pins_release
from muslfall.pins import variant

REJECTED = Exclusion("compile", "error", "no such thing")


def result(program, host, problem=None):
    """What a trial writes."""
    verdict = "fail" if problem else "pass"
    return {"program": program, "host": host, "problem": problem, "verdict": verdict,
            "status": 0, "stdout": "", "stderr": ""}  # fmt: skip


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A checkout in which the LKGR is built; returns the variant."""
    for name in ("toolchain", "musl"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    chosen = variant.choose(Path(), {})
    out = Path(chosen.out)
    programs = ["programs/hello.wasm", "programs/args.wasm"]
    objects = ["obj/src/a.o", "obj/src/b.o"]
    for name in [*report.ARTIFACTS.values(), *programs, *objects]:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(name)
    lines = [f"{name[4:-2]}.c {out / name}\n" for name in objects]
    (out / "obj/objects.list").write_text("".join(lines))
    left_out = Exclusion("port", "left-out", "why")
    made = Manifest(chosen.toolchain(), ("src/a.c",), (), {"src/b.c": REJECTED, "crt/x": left_out})
    (out / "manifest.toml").write_text(manifest.dump(made))
    (out / "run").mkdir()
    for item in (result("hello", "d8"), result("hello", "wasmtime", "hung"), result("args", "d8")):
        name = f"{item['program']}.{item['host']}.json"
        (out / "run" / name).write_text(json.dumps(item))
    return chosen


def trials(chosen):
    return Path(chosen.out, "run").glob("*.json")


def test_a_program_that_is_gone_is_not_reported(built):
    kept = [path for path in trials(built) if path.name.startswith("args")]
    assert list(report.make(built, kept)["programs"]) == ["args"]


def test_it_is_complete(built):
    made = report.make(built, trials(built))
    assert made["variant"] == built.name
    assert made["build"] == built.build.number
    assert made["files"] == {"included": 1, "rejected": 1}
    assert made["rejected"] == {"src/b.c": vars(REJECTED)}
    assert set(made["components"]) == set(pins_release.COMPONENTS)
    for name, component in made["components"].items():
        release = built.release(name)
        assert component["sha256"] in {file.sha256 for file in release.files}
        assert component["version"] == release.version
        assert ("signed-by" in component) == ("signature" in release.facts)
    text = b"musl.wasm"
    digest = {"sha256": hashlib.sha256(text).hexdigest(), "size": len(text)}
    assert made["artifacts"]["reassemble"] == {"file": "musl.wasm", **digest}
    assert set(made["artifacts"]) == set(report.ARTIFACTS)
    assert list(made["programs"]) == ["args", "hello"]
    assert list(made["programs"]["hello"]["hosts"]) == ["d8", "wasmtime"]


def test_a_release_with_a_pinned_signature_says_who_signed_it():
    signed = variant.choose(ROOT, {"musl": "1.2.5"}).build
    made = report.components(signed)
    assert made["musl"]["signed-by"] == "836489290BB6B70F99FFDA0556BCDB593020450F"
    assert [name for name, one in made.items() if "signed-by" in one] == ["musl"]


def test_a_swapped_component_is_no_numbered_build(built):
    swapped = replace(built, is_lkgr=False)
    assert report.make(swapped, trials(built))["build"] is None


def test_the_objects_digest_is_of_content_and_path(built):
    out = Path(built.out)
    before = report.objects(out)
    assert report.objects(out) == before
    (out / "obj/src/a.o").write_text("other")
    changed = report.objects(out)
    (out / "obj/src/a.o").write_text("obj/src/a.o")
    listed = out / "obj/objects.list"
    listed.write_text(listed.read_text().replace("src/a.c ", "src/c.c "))
    assert len({before, changed, report.objects(out)}) == 3


def test_the_stage_writes_it_sorted(built):
    path = Path(built.out, "report.json")
    assert report.main([*built.assignments(), "--report", str(path), "--results"]) == 0
    text = path.read_text()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
    assert json.loads(text)["variant"] == built.name
