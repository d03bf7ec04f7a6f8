"""The port's memcpy, memmove and memset against musl's generic ones, per size, in both engines.

One program has both, compiled alike, and measures them in turns; of five rounds the median counts.
A twin in arch/wasm32/src/string is there for what this shows: it fails if a twin is slower than its
generic by more than the given factor, and by more than the clock's noise.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from measure import ROOT

from muslfall.pins import variant

FUNCTIONS = ("memcpy", "memmove", "memset")
HOSTS = ("d8", "wasmtime")
BIN = ROOT / "out/lkgr/bin"
#: ns: what one measurement differs from the next on a busy machine.
NOISE = 0.5

Key = tuple[str, int, bool]


def build(folder: Path, musl: Path) -> Path:
    """The program, with every function under its variant's own name."""
    flags = ["-O2", "-ffreestanding", "-fno-builtin", "-fPIC", "-w"]
    folders = {"port": ROOT / "arch/wasm32/src/string", "generic": musl / "src/string"}
    objects = [compile_one(ROOT / "bench/strings.c", folder / "strings.o", flags)]
    for side, sources in folders.items():
        names = [f"-D{name}={side}_{name}" for name in FUNCTIONS]
        for name in FUNCTIONS:
            target = folder / f"{side}_{name}.o"
            objects.append(compile_one(sources / f"{name}.c", target, [*flags, *names]))
    wasm = folder / "strings.wasm"
    subprocess.run([BIN / "musl-clang", *objects, "-o", wasm], check=True)
    return wasm


def compile_one(source: Path, target: Path, flags: Iterable[str]) -> Path:
    subprocess.run([BIN / "musl-clang", *flags, "-c", source, "-o", target], check=True)
    return target


def measured(wasm: Path, host: str) -> dict[str, dict[Key, float]]:
    """side -> (function, bytes, whether askew) -> nanoseconds of a call."""
    done = subprocess.run(
        [ROOT / "muslfall", "run", wasm, "--host", host], check=True, capture_output=True, text=True
    )
    rounds: dict[str, dict[Key, list[float]]] = {"port": {}, "generic": {}}
    for line in done.stdout.splitlines():
        name, side, size, askew, ns = line.split()
        rounds[side].setdefault((name, int(size), askew == "1"), []).append(float(ns))
    return {
        side: {key: statistics.median(times) for key, times in keys.items()}
        for side, keys in rounds.items()
    }


def table(host: str, found: dict[str, dict[Key, float]]) -> Iterator[str]:
    yield f"{host}: ns per call, port / generic (askew: other alignment)"
    sizes = sorted({size for _, size, _ in found["port"]})
    for name in FUNCTIONS:
        for askew in (False, True):
            cells = []
            for size in sizes:
                port, generic = (found[v][name, size, askew] for v in ("port", "generic"))
                cells.append(f"{size}B {port:.1f}/{generic:.1f}")
            yield f"  {name}{' askew' * askew}: " + "  ".join(cells)


def slower(found: dict[str, dict[Key, float]], factor: float) -> list[Key]:
    return [key for key, ns in found["port"].items() if ns > factor * found["generic"][key] + NOISE]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--factor", type=float, default=1.25, help="how much slower is a failure")
    args = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        wasm = build(Path(folder), ROOT / variant.choose(ROOT, {}).pinned("musl"))
        for host in HOSTS:
            found = measured(wasm, host)
            print("\n".join(table(host, found)))
            for key in slower(found, args.factor):
                print(f"  slower: {key}")
                failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
