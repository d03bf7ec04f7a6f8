"""The report of a build: what it was made from, what came out, and what ran."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from muslfall.base import guard
from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest, read_text, write_if_changed
from muslfall.libc import manifest
from muslfall.pins import mirrored, variant
from muslfall.pins.release import Build, current_platform

#: The stage that each artifact is the end of.
ARTIFACTS = {
    "link": "obj/linked/musl.wasm",
    "disassemble": "musl.wast",
    "reassemble": "musl.wasm",
    "kernel": "kernel.wasm",
    "loader": "wasm.js",
    "builtins": "sysroot/lib/libcompiler_rt.a",
    "manifest": "manifest.toml",
}


def described(path: Path) -> dict:
    """An artifact's sha256 in hex, and its size in bytes. Raises OSError: it cannot be read."""
    return {"sha256": digest(path), "size": path.stat().st_size}


def components(build: Build) -> dict:
    """Per component the release, and the digest of the file that it came in."""
    platform = current_platform()
    found: dict[str, dict] = {}
    for name, release in build.releases.items():
        found[name] = {
            "version": release.version,
            "requirement": release.requirement,
            "sha256": release.file(platform).sha256,
        }
        if "signature" in release.facts:
            found[name]["signed-by"] = release.facts["fingerprint"]
        if mirrored.is_mirrored(release.version):
            found[name]["facts"] = dict(release.facts)
    return found


def objects(out: Path) -> str:
    """One sha256 over all objects of the libc, by their paths: equal when each is equal."""
    return set_digest(manifest.read_objects(out / "obj/objects.list"))


def set_digest(files: Mapping[str, Path]) -> str:
    """One sha256 over a set of files: of a line `NAME SHA256` for each, in the set's order."""
    whole = hashlib.sha256()
    for name, path in files.items():
        whole.update(f"{name} {digest(path)}\n".encode())
    return whole.hexdigest()


def results(paths: Iterable[Path]) -> dict:
    """Per program, per host, the result of its trial, from the files that the trials wrote.

    Raises MuslfallError: one is damaged; OSError: one cannot be read.
    """
    found: dict[str, dict] = {}
    for path in sorted(paths):
        try:
            result = json.loads(read_text(path))
            found.setdefault(result.pop("program"), {})[result.pop("host")] = result
        except (ValueError, KeyError, TypeError, AttributeError):
            raise MuslfallError("is no result of a trial", path, "./muslfall build") from None
    return found


def make(chosen: variant.Variant, trials: Iterable[Path]) -> dict:
    """The report of a variant that is built, with the results in the files `trials`."""
    out = Path(chosen.libc_out)
    made = manifest.load(out / "manifest.toml")
    rejected = made.rejected()
    artifacts = {
        stage: {"file": name, **described(out / name)} for stage, name in ARTIFACTS.items()
    }
    programs = results(trials)
    for name, hosts in programs.items():
        module = described(out / "programs" / f"{name}.wasm")
        programs[name] = {"module": module, "hosts": hosts}
    return {
        "variant": chosen.name,
        "build": chosen.build.number if chosen.is_lkgr else None,
        "components": components(chosen.build),
        "opt": chosen.opt,
        "files": {"included": len(made.included), "rejected": len(rejected)},
        "rejected": {key: vars(why) for key, why in sorted(rejected.items())},
        "objects": objects(out),
        "artifacts": artifacts,
        "programs": programs,
    }


def main(argv: list[str]) -> int:
    """The build's last stage."""
    parser = argparse.ArgumentParser(prog="muslfall.build.report")
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--results", type=Path, nargs="*", default=[])
    args = parser.parse_args(argv)
    chosen = variant.choose(Path(), variant.parse_assignments(args.assignments))
    text = json.dumps(make(chosen, args.results), indent=2, sort_keys=True) + "\n"
    write_if_changed(args.report, text)
    return 0


if __name__ == "__main__":
    guard.end(main)
