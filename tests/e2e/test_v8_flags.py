"""Releases of V8 that need flags run, with them, what the LKGR's LLVM writes."""

from __future__ import annotations

import subprocess

import pytest

from muslfall import ROOT
from muslfall.fetch import fetcher
from muslfall.hosts import command as host
from muslfall.hosts import engines as hosts_engines
from muslfall.pins import series as pins

RELEASES = [r for r in pins.load_series(ROOT, "v8").releases if r.words("flags")]
#: Programs that a release runs: node 20 knows no exception handling that LLVM 22 writes.
PROGRAMS = {"20.18.0": ["text"], "22.11.0": ["text", "setjmp"], "24.11.1": ["text", "setjmp"]}


def execute(engines: hosts_engines.Engines, program, libc) -> subprocess.CompletedProcess:
    command = host.command("d8", engines, program, [libc], host.Options())
    return subprocess.run(command.argv, env=command.env, capture_output=True, timeout=120)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_with_its_flags_and_not_without(release, lkgr, tmp_path):
    node = fetcher.ensure([release])["v8"] / release.tools["node"][0]
    sources = {"text": "tests/programs/text", "setjmp": "tests/libc/setjmp"}
    for name in PROGRAMS[release.version]:
        program = tmp_path / f"{name}.wasm"
        source = ROOT / sources[name]
        command = [lkgr / "bin" / "musl-clang", "-w", source.with_suffix(".c"), "-o", program]
        subprocess.run(command, check=True)
        for flags in (release.words("flags"), ()):
            engines = hosts_engines.Engines(node, tmp_path, lkgr / "wasm.js", flags)
            done = execute(engines, program, lkgr / "musl.wasm")
            if flags:
                wanted = source.with_suffix(".out").read_bytes()
                assert (done.returncode, done.stdout) == (0, wanted), done.stderr.decode()
        # the last of its programs is what the flag is for
    assert done.returncode == 127 and b"cannot be compiled" in done.stderr
