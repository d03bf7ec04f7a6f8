"""The port's memcpy, memmove and memset against musl's generic ones, per size, in both engines.

One program has both, compiled alike, and measures them in turns; of five rounds the fastest counts
(what disturbs a round only makes it slower). A twin in arch/wasm32/src/string is there for what
this shows: it fails if a twin is slower than its generic by more than the given factor.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from measure import ROOT

from muslfall import variant

FUNCTIONS = ("memcpy", "memmove", "memset")
HOSTS = ("d8", "wasmtime")
BIN = ROOT / "out/lkgr/bin"

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
    """variant -> (function, bytes, whether askew) -> nanoseconds of a call."""
    done = subprocess.run([ROOT / "muslfall", "run", wasm, "--host", host], check=True,
                          capture_output=True, text=True)  # fmt: skip
    best: dict[str, dict[Key, float]] = {"port": {}, "generic": {}}
    for line in done.stdout.splitlines():
        name, variant, size, askew, ns = line.split()
        key = (name, int(size), askew == "1")
        best[variant][key] = min(float(ns), best[variant].get(key, float("inf")))
    return best


def table(host: str, best: dict[str, dict[Key, float]]) -> Iterator[str]:
    yield f"{host}: ns per call, port / generic (askew: other alignment)"
    sizes = sorted({size for _, size, _ in best["port"]})
    for name in FUNCTIONS:
        for askew in (False, True):
            cells = []
            for size in sizes:
                port, generic = (best[v][name, size, askew] for v in ("port", "generic"))
                cells.append(f"{size}B {port:.1f}/{generic:.1f}")
            yield f"  {name}{' askew' * askew}: " + "  ".join(cells)


def slower(best: dict[str, dict[Key, float]], factor: float) -> list[Key]:
    return [key for key, ns in best["port"].items() if ns > factor * best["generic"][key]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--factor", type=float, default=1.25, help="how much slower is a failure")
    args = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        wasm = build(Path(folder), ROOT / variant.choose(ROOT, {}).pinned("musl"))
        for host in HOSTS:
            best = measured(wasm, host)
            print("\n".join(table(host, best)))
            for key in slower(best, args.factor):
                print(f"  slower: {key}")
                failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
