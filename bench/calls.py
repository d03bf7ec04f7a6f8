"""A call across modules, through our loaders and as the engine's own direct import.

caller.wasm calls a function of callee.wasm in a loop. `ours`: both loaded by our loader; `direct`:
the same two files, instantiated with the engine's API by hand. For comparison, `inside`: the
function in the caller's module; `back`: a library calls the program, which is loaded after it, so
that the call goes through a trampoline. Medians of rounds in which the sides take turns.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

from measure import ROOT, folder, lkgr, ratio

sys.path.append(str(ROOT / "src"))

from muslfall.hosts import command as host  # noqa: E402
from muslfall.hosts import engines as hosts_engines
from muslfall.hosts.engines import HOSTS

SOURCES = ROOT / "bench/calls"
SIDES = ("ours", "direct", "inside", "back")


def build(out: str, to: Path) -> None:
    """callee.wasm, caller.wasm, back.wasm and one.wasm, which main.wasm needs."""
    clang = [f"{ROOT}/{out}/bin/musl-clang", "-O2"]
    for name in ("callee", "caller", "back", "one"):
        needs = [to / "callee.wasm"] if name == "caller" else []
        made = to / f"{name}.wasm"
        subprocess.run([*clang, "-shared", SOURCES / f"{name}.c", *needs, "-o", made], check=True)
    libraries = [to / f"{name}.wasm" for name in ("caller", "back", "one")]
    subprocess.run([*clang, SOURCES / "main.c", *libraries, "-o", to / "main.wasm"], check=True)


def commands(engine: str, out: str, to: Path) -> list[host.Command]:
    """What prints lines of side and nanoseconds."""
    engines = hosts_engines.engines()
    libraries = [to / f"{name}.wasm" for name in ("caller", "callee", "back", "one")]
    ours = host.command(
        engine, engines, to / "main.wasm", [*libraries, f"{ROOT}/{out}/musl.wasm"], host.Options()
    )
    modules = [str(to / "callee.wasm"), str(to / "caller.wasm")]
    if engine == "d8":
        direct = [str(engines.node), str(SOURCES / "by_hand.mjs"), *modules]
        return [ours, host.Command(direct, host.clean_environment())]
    direct = [sys.executable, str(SOURCES / "by_hand.py"), *modules]
    return [ours, host.Command(direct, host.wasmtime_environment(engines.wasmtime))]


def measured(every: list[host.Command], rounds: int) -> dict[str, float]:
    """Side -> median of nanoseconds per call."""
    found: dict[str, list[float]] = {side: [] for side in SIDES}
    for _ in range(rounds):
        for command in every:
            done = subprocess.run(
                command.argv, env=command.env, cwd=ROOT, check=True, capture_output=True, text=True
            )
            for line in done.stdout.splitlines():
                side, ns = line.split()
                found[side].append(float(ns))
    return {side: statistics.median(times) for side, times in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    out = lkgr()
    with folder() as to:
        build(out, to)
        for engine in HOSTS:
            ns = measured(commands(engine, out, to), args.rounds)
            print(f"{engine}: ns per call: " + ", ".join(f"{s} {ns[s]:.2f}" for s in SIDES))
            ratio(f"{engine}: ours / direct import", ns["ours"] / ns["direct"], 1.1)
            ratio(f"{engine}: ours / inside one module", ns["ours"] / ns["inside"])
            ratio(f"{engine}: back, through a trampoline / direct", ns["back"] / ns["direct"])


if __name__ == "__main__":
    main()
