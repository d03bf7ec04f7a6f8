"""The start of hello: its process in each host, with and without wasmtime's cache of modules."""

import json
import os
import statistics
import subprocess
import sys
import time

from measure import ROOT, Sample, lkgr, median, say

sys.path.append(str(ROOT / "src"))

from muslfall import host  # noqa: E402

ROUNDS = 7
STATUS = 7  # hello's own
PHASES = ("load_ms", "link_ms", "run_ms")


def start(command: host.Command) -> tuple[Sample, dict[str, float]]:
    """Run hello once: the process, and the loader's own phases in ms."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command.argv, cwd=ROOT, env=command.env, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != STATUS:
        raise SystemExit(said.decode())
    return Sample(wall, usage.ru_utime + usage.ru_stime), json.loads(said.splitlines()[-1])


def sides(out: str) -> dict[str, host.Command]:
    """What is measured, by name."""
    engines = host.engines()
    modules = f"{out}/programs/hello.wasm", [f"{out}/musl.wasm"]
    shared = {"dirs": (f"{ROOT}/tests/programs/data::/data",), "stats": True}
    plain, anew = host.Options(**shared), host.Options(**shared, no_cache=True)
    return {
        "d8": host.command("d8", engines, *modules, plain),
        "wasmtime --no-cache": host.command("wasmtime", engines, *modules, anew),
        "wasmtime": host.command("wasmtime", engines, *modules, plain),
    }


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    commands = sides(lkgr())
    measured: dict[str, list] = {title: [] for title in commands}
    for command in commands.values():  # does not count: it fills caches
        start(command)
    for _ in range(rounds):
        for title, command in commands.items():
            measured[title].append(start(command))
    for title, samples in measured.items():
        processes, stats = zip(*samples, strict=True)
        say(title, median(processes))
        medians = {phase: statistics.median(one[phase] for one in stats) for phase in PHASES}
        print("    " + ", ".join(f"{phase} {value:.1f}" for phase, value in medians.items()))


if __name__ == "__main__":
    main()
