"""Our libc and the WASI libc that the zig wheel builds, side by side: the same programs, the same
engines, one run. Ratios are the peer's time divided by ours: above 1, ours is faster.

The peer is `zig cc -target wasm32-wasi`, run by plain wasmtime and by node's WASI. Ours is linked
dynamically by musl-clang and loaded by our loaders (`dynamic`), and by musl-clang --static, run
like the peer (`static`). Microbenchmarks are the C programs of bench/libc, which time themselves;
whole programs (bench/programs.py) are timed from start function to end. The sides take turns in
rounds; medians of the rounds count. Tables and a picture: out/bench/libc.md, libc.svg.

wasmtime gets one processor, the same for all sides. Its WASI has a second thread do what may block
and waits for it, so that a call on a file is two wake-ups of threads: from processor to processor
each takes 5 µs or 30, as the system chooses and as deep as a processor sleeps, and ratios of a
program with itself lay between 0.68 and 1.3. On one processor a wake-up is a switch.

--control measures that: every side is the peer's program, run by our loaders in the column
`dynamic`; whatever differs from 1 there is noise, or the loaders'.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import chart
import programs
from measure import ROOT, folder, lkgr, memory_folder

sys.path.append(str(ROOT / "src"))

from muslfall.hosts import command as host  # noqa: E402
from muslfall.hosts import engines as hosts_engines
from muslfall.hosts.engines import HOSTS

SOURCES = ROOT / "bench/libc"
GROUPS = tuple(sorted(path.stem for path in SOURCES.glob("*.c")))
SIDES = ("peer", "dynamic", "static")
OURS = SIDES[1:]
#: Programs in which clang would make something else of a call than a call.
FLAGS = {"string": ["-fno-builtin"]}
#: A ratio below this is too slow; the geometric mean must be 1 (issue 4).
LEAST = 0.7
#: Bytes of the text that bzip2 compresses.
BYTES = 2_000_000


@dataclass(frozen=True)
class Job:
    """One process to measure. group: what it belongs to; name: what is timed, None if it says so
    itself, in lines of name and nanoseconds. program: the module, by side."""

    group: str
    name: str | None
    program: dict[str, Path]
    arguments: tuple[str, ...] = ()
    stdout: str | None = None


@dataclass
class Times:
    """(engine, group, name) -> side -> nanoseconds, one of each round."""

    found: dict[tuple[str, str, str], dict[str, list[float]]] = field(default_factory=dict)

    def add(self, engine: str, group: str, name: str, side: str, ns: float) -> None:
        sides = self.found.setdefault((engine, group, name), {})
        sides.setdefault(side, []).append(ns)

    def rows(self, engine: str) -> Iterator[tuple[str, str, dict[str, float]]]:
        """Group, name, and medians by side, in the order of the programs."""
        for (which, group, name), sides in self.found.items():
            if which == engine:
                yield group, name, {side: statistics.median(ns) for side, ns in sides.items()}


# --- building


def compile_group(group: str, side: str, to: Path) -> Path:
    """One of bench/libc's programs for one side."""
    zig = [str(programs.zig()), "cc", "-target", "wasm32-wasi"]
    ours = [str(ROOT / "out/lkgr/bin/musl-clang"), *(["--static"] if side == "static" else [])]
    output = to / f"{group}.{side}.wasm"
    argv = [*(zig if side == "peer" else ours), "-O2", "-w", *FLAGS.get(group, []),
            str(SOURCES / f"{group}.c"), "-o", str(output)]  # fmt: skip
    cache = str(ROOT / "out/bench/zig")
    environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    subprocess.run(argv, check=True, env=environment)
    return output


def build_program(name: str, to: Path) -> dict[str, Path]:
    """One of bench/programs.py's programs for each side."""
    ours = {"dynamic": (), "static": ("--static",)}
    made = {"peer": programs.build(name, "wasi", to)}
    for side, flags in ours.items():
        (to / side).mkdir(exist_ok=True)
        made[side] = programs.build(name, "muslfall", to / side, ("-O2", *flags))
    return made


def jobs(groups: Sequence[str], to: Path, data: Path) -> Iterator[Job]:
    for group in groups:
        if group != "programs":
            yield Job(group, None, {side: compile_group(group, side, to) for side in SIDES})
            continue
        lua = build_program("lua", to)
        for script in sorted((ROOT / "bench/lua").glob("*.lua")):
            (data / script.name).write_bytes(script.read_bytes())
            yield Job(group, f"lua {script.stem}", lua, (f"/data/{script.name}",))
        speedtest = build_program("speedtest1", to)
        yield Job(group, "sqlite memory", speedtest, ("--size", "3", "--memdb"))
        in_file = ("--size", "1", "--journal", "memory", "/data/test.db")
        yield Job(group, "sqlite file", speedtest, in_file)
        bzip2 = build_program("bzip2", to)
        text(data / "text")
        yield Job(group, "bzip2 compress", bzip2, ("-kfc", "/data/text"), "text.bz2")
        yield Job(group, "bzip2 expand", bzip2, ("-dkfc", "/data/text.bz2"), "text.out")


def text(path: Path) -> None:
    """A file that compresses as text does."""
    chance = random.Random(1)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(3000)]
    path.write_text(" ".join(chance.choices(words, k=BYTES // 6))[:BYTES])


# --- running


def command(engine: str, job: Job, side: str, out: str, data: Path) -> host.Command:
    engines = hosts_engines.engines()
    module, where = str(job.program[side]), f"{data}::/data"
    if side == "dynamic":
        options = host.Options(dirs=(where,), arguments=job.arguments, stats=job.name is not None)
        is_ours = job.program[side] != job.program["peer"]
        libraries = [f"{ROOT}/{out}/musl.wasm"] if is_ours else []
        return host.command(engine, engines, module, libraries, options)
    stats = ["--stats"] if job.name else []
    words = [*stats, f"--dir={where}", module, *job.arguments]
    if engine == "d8":
        argv = [str(engines.node), "--no-warnings", str(ROOT / "bench/wasi_node.mjs"), *words]
        return host.Command(argv, host.clean_environment())
    python = [sys.executable, str(ROOT / "bench/wasi_wasmtime.py")]
    argv = [*python, f"--cache={Path(module).with_suffix('.code')}", *words]
    return host.Command(argv, host.wasmtime_environment(engines.wasmtime))


def take_one_processor() -> None:
    """Of this process and its threads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def run(engine: str, job: Job, side: str, out: str, data: Path) -> Iterator[tuple[str, float]]:
    """Name and nanoseconds of everything that one process measures."""
    what = command(engine, job, side, out, data)
    prepare = take_one_processor if engine == "wasmtime" else None
    done = subprocess.run(
        what.argv,
        env=what.env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=prepare,
    )
    if done.returncode != 0:
        raise SystemExit(f"{job.group} {job.name or ''} {side} {engine}: {done.stderr.decode()}")
    if job.stdout:
        (data / job.stdout).write_bytes(done.stdout)
    if job.name:
        yield job.name, json.loads(done.stderr.splitlines()[-1])["run_ms"] * 1e6
        return
    for line in done.stdout.decode().splitlines():
        name, ns = line.split()
        yield name, float(ns)


def measure(every: Sequence[Job], rounds: int, hosts: Sequence[str], out: str, data: Path) -> Times:
    times = Times()
    for turn in range(rounds):
        for job in every:
            for engine in hosts:
                for side in SIDES:
                    for name, ns in run(engine, job, side, out, data):
                        times.add(engine, job.group, name, side, ns)
            print(f"round {turn + 1} of {rounds}: {job.group} {job.name or ''}", file=sys.stderr)
    return times


# --- telling


def summary(times: Times, engine: str, side: str) -> Iterator[tuple[str, float, str, float]]:
    """Group, geometric mean, the slowest and its ratio; the last for all together."""
    groups: dict[str, dict[str, float]] = {}
    for group, name, ns in times.rows(engine):
        groups.setdefault(group, {})[name] = ns["peer"] / ns[side]
    together = {f"{g} {n}": ratio for g, names in groups.items() for n, ratio in names.items()}
    for group, names in {**groups, "all": together}.items():
        slowest = min(names, key=names.__getitem__)
        yield group, statistics.geometric_mean(names.values()), slowest, names[slowest]


def markdown(times: Times, hosts: Sequence[str]) -> Iterator[str]:
    yield "# libc: peer's time / ours (above 1: ours is faster)\n"
    for engine in hosts:
        for side in OURS:
            yield f"## {engine}, {side}\n"
            yield "| group | geometric mean | slowest | its ratio |\n| --- | --- | --- | --- |"
            for group, mean, name, ratio in summary(times, engine, side):
                yield f"| {group} | {mean:.2f} | {name} | {ratio:.2f} |"
            yield ""
    for engine in hosts:
        yield f"## {engine}, all: nanoseconds, medians\n"
        yield "| group | case | peer | dynamic | ratio | static | ratio |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        for group, name, ns in times.rows(engine):
            ours = " | ".join(f"{ns[side]:.1f} | {mark(ns['peer'] / ns[side])}" for side in OURS)
            yield f"| {group} | {name} | {ns['peer']:.1f} | {ours} |"
        yield ""


def mark(ratio: float) -> str:
    return f"**{ratio:.2f}**" if ratio < LEAST else f"{ratio:.2f}"


def picture(times: Times, hosts: Sequence[str]) -> str:
    bars = []
    for engine in hosts:
        for group, name, ns in times.rows(engine):
            values = [(side, ns["peer"] / ns[side]) for side in OURS]
            bars.append(chart.Bars(f"{engine}: {group}", name, values))
    title = "Time of the WASI libc of zig cc / time of musl.wasm; right of 1: ours is faster"
    return chart.svg(title, bars, LEAST)


def tell(times: Times, hosts: Sequence[str]) -> None:
    """Write the tables and the picture, print the summary."""
    to = ROOT / "out/bench"
    to.mkdir(parents=True, exist_ok=True)
    (to / "libc.md").write_text("\n".join(markdown(times, hosts)))
    (to / "libc.svg").write_text(picture(times, hosts))
    print("peer's time / ours: above 1, ours is faster")
    for engine in hosts:
        for side in OURS:
            for group, mean, name, ratio in summary(times, engine, side):
                print(f"{engine:9}{side:9}{group:10}{mean:6.2f}   slowest {ratio:5.2f} {name}")
    for engine in hosts:
        for group, name, ns in times.rows(engine):
            below = {
                side: round(ns["peer"] / ns[side], 2)
                for side in OURS
                if ns["peer"] / ns[side] < LEAST
            }
            if below:
                print(f"below {LEAST}: {engine} {group} {name}: {below}")
    print(f"{to / 'libc.md'}, {to / 'libc.svg'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(GROUPS)}, programs; default: all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--control", action="store_true", help="the peer against itself")
    parser.add_argument("--host", choices=HOSTS, action="append", help="default: both")
    args = parser.parse_args()
    groups = args.groups or [*GROUPS, "programs"]
    if unknown := set(groups) - {*GROUPS, "programs"}:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    out = lkgr()
    hosts = args.host or HOSTS
    with folder() as to, memory_folder(to) as data:
        every = list(jobs(groups, to, data))
        if args.control:
            every = [
                replace(job, program=dict.fromkeys(SIDES, job.program["peer"])) for job in every
            ]
        tell(measure(every, args.rounds, hosts, out, data), hosts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
