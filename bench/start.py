"""The start of hello: by our loaders, and as one static module that the hosts run as it is.

`dynamic`: hello of tests/programs with musl.wasm and kernel.wasm, by our loaders. `static`: the
same source by musl-clang --static, run with the host's own WASI (wasi_node.mjs, wasi_wasmtime.py).
`cold`: everything is compiled anew; `cached`: wasmtime has both sides' code from before; `new
program`: the libc's is there, as a run before left it, the program's is not. node has no cache of
modules. A whole process is measured, from its start to its end, as a user starts it; load, link and
run are a loader's own phases, of a run with --stats beside it. The sides take turns, medians count.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from measure import ROOT, Sample, folder, lkgr, median, ratio, say

sys.path.append(str(ROOT / "src"))

from muslfall.hosts import command as host  # noqa: E402
from muslfall.hosts import engines as hosts_engines

STATUS = 7  # hello's own
PHASES = ("load_ms", "link_ms", "run_ms")
DATA = f"--dir={ROOT}/tests/programs/data::/data"
#: name -> (dynamic, static, how much longer the first may take)
PAIRS = {
    "d8, cold": ("d8 dynamic", "d8 static", 2.0),
    "wasmtime, cold": ("wasmtime dynamic cold", "wasmtime static cold", 2.0),
    "wasmtime, new program": ("wasmtime dynamic new program", "wasmtime static cold", 2.0),
    "wasmtime, cached": ("wasmtime dynamic cached", "wasmtime static cached", 1.3),
}


@dataclass
class Side:
    """What is measured, and the same command that tells its phases.

    fresh: its module is made anew for each process, with other bytes.
    """

    command: host.Command
    telling: host.Command
    fresh: Path | None = None
    processes: list[Sample] = field(default_factory=list)
    stats: list[dict[str, float]] = field(default_factory=list)

    def measure(self) -> None:
        self.renew()
        self.processes.append(start(self.command)[0])
        self.renew()
        self.stats.append(json.loads(start(self.telling)[1]))

    def renew(self) -> None:
        if self.fresh:
            with self.fresh.open("ab") as file:  # a custom section x, of eight random bytes
                file.write(b"\0\x0a\1x" + os.urandom(8))

    def phases(self) -> str:
        medians = {
            phase: statistics.median(stats.get(phase, 0) for stats in self.stats)
            for phase in PHASES
        }
        return ", ".join(f"{phase} {value:.1f}" for phase, value in medians.items())


def start(command: host.Command) -> tuple[Sample, str]:
    """Run hello once: the process, and its last line on stderr, if any."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command.argv,
        cwd=ROOT,
        env=command.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != STATUS:
        raise SystemExit(said.decode())
    last = said.decode().splitlines()[-1:]
    return Sample(wall, usage.ru_utime + usage.ru_stime), "".join(last)


def static(out: str, to: Path) -> str:
    """hello as one module."""
    wasm = str(to / "hello.static.wasm")
    clang = f"{ROOT}/{out}/bin/musl-clang"
    source = ROOT / "tests/programs/hello.c"
    subprocess.run([clang, "-O2", "--static", source, "-o", wasm], check=True)
    return wasm


def sides(out: str, to: Path) -> dict[str, Side]:
    """What is measured, by name."""
    engines, hello = hosts_engines.engines(), ROOT / out / "programs/hello.wasm"
    fresh = to / "hello.wasm"
    fresh.write_bytes(hello.read_bytes())
    one, python = static(out, to), [sys.executable, "-S", str(ROOT / "bench/wasi_wasmtime.py")]
    node = [str(engines.node), "--no-warnings", str(ROOT / "bench/wasi_node.mjs")]
    environment = host.wasmtime_environment(engines.wasmtime)

    def ours(engine: str, program: Path, cached: bool = True) -> Side:
        libraries, dirs = [f"{ROOT}/{out}/musl.wasm"], (DATA.removeprefix("--dir="),)
        each = (host.Options(dirs, stats=stats, no_cache=not cached) for stats in (False, True))
        commands = [host.command(engine, engines, program, libraries, options) for options in each]
        return Side(*commands, fresh if program == fresh else None)

    def theirs(argv: list[str], environment: dict[str, str], *options: str) -> Side:
        each = ([*argv, *stats, *options, DATA, one] for stats in ([], ["--stats"]))
        return Side(*(host.Command(words, environment) for words in each))

    return {
        "d8 dynamic": ours("d8", hello),
        "d8 static": theirs(node, host.clean_environment()),
        "wasmtime dynamic cold": ours("wasmtime", hello, cached=False),
        "wasmtime dynamic new program": ours("wasmtime", fresh),
        "wasmtime static cold": theirs(python, environment),
        "wasmtime dynamic cached": ours("wasmtime", hello),
        "wasmtime static cached": theirs(python, environment, f"--cache={to}/hello.code"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    args = parser.parse_args()
    with folder() as to:
        every = sides(lkgr(), to)
        for side in every.values():  # does not count: it fills caches
            start(side.command)
        for _ in range(args.rounds):
            for side in every.values():
                side.measure()
    for name, side in every.items():
        say(name, median(side.processes))
        print(f"    {side.phases()}")
    for name, (dynamic, one, target) in PAIRS.items():
        pair = zip(every[dynamic].processes, every[one].processes, strict=True)
        ratio(
            f"{name}: dynamic / static", statistics.median(a.wall / b.wall for a, b in pair), target
        )


if __name__ == "__main__":
    main()
