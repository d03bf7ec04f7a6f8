"""Kills fetch, build, sign and publish with kill -9 at random moments, flips bits, fills the disk,
runs two at once; after each, the next run must end with the digests of an undisturbed one.

    .venv/bin/python bench/faults.py --runs 350              # each fault of each command
    .venv/bin/python bench/faults.py --runs 5 fetch flip     # some of it

fetch: musl (unpacked: include/) and wabt from a mirror on this machine into a store. build: a
clone of what is built here, in which some sources are touched and some outputs are missing. sign:
a published tree that gets one build more. publish: three builds of the tests' making, and their
signatures. A kill is counted when there was something to kill; every other time it hits the whole
process group, else the first process alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from muslfall import ROOT
from muslfall.base.files import digest
from muslfall.diff import twice as reproduction
from muslfall.diff.compare import artifacts
from muslfall.fetch import fetcher
from muslfall.fetch.store import Store
from muslfall.pins import series as pins
from muslfall.pins import variant

TIMEOUT = 300
FETCH = """
import sys, json
from pathlib import Path
from muslfall import ROOT
from muslfall.base.files import digest
from muslfall.fetch import fetcher
from muslfall.fetch.store import Store
from muslfall.pins import series as pins
names = json.loads(sys.argv[2])
releases = [pins.load_series(ROOT, name).release(version) for name, version in names]
import dataclasses
releases = [dataclasses.replace(r, registry="url", only=(r.name + "/include",) if r.strip else (),
    files=tuple(dataclasses.replace(f, url=None) for f in r.files)) for r in releases]
def run(argv):
    fetcher.ensure_all(releases, store=Store(Path(argv[0])), verify=argv[2:] == ["verify"])
    return 0
from muslfall.cli import guarded
sys.exit(guarded(run, sys.argv[1:]))
"""
#: Publishes three builds of the tests' making, and signs them as `mirror publish --keys` does.
PUBLISH = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from _pytest.monkeypatch import MonkeyPatch
from kit.published_tree import Checkout
from muslfall.publish import repository
from muslfall.cli import guarded
folder, tree, keys = map(Path, sys.argv[2:])
checkout = Checkout(folder / str(os.getpid()), MonkeyPatch())
def run(argv):
    checkout.publish(tree, *(checkout.record(number) for number in (1, 2, 3)), lkgr=2)
    repository.sign(tree, keys)
    return 0
sys.exit(guarded(run, []))
"""
PLATFORM = "linux-x86_64"
#: What is fetched: small, several archive formats, several files at once.
RELEASES = [("musl", "1.2.5"), ("wabt", "1.0.42")]


def digest_tree(folder: Path, skip: tuple[str, ...] = ()) -> dict[str, str]:
    """Every file and link of a folder: its mode and what is in it."""
    result = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(skip) or (path.is_dir() and not path.is_symlink()):
            continue
        text = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
        result[name] = f"{path.lstat().st_mode:o} {hashlib.sha256(text).hexdigest()}"
    return result


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A web server of the folder on 127.0.0.1; its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    server.daemon_threads = True
    server.handle_error = lambda *about: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class Target:
    """A command under test. argv, env, cwd: the command; `ruin` gives it something to do."""

    name = ""
    #: The folder that is filled up, and what it needs in bytes; none: this fault is left out.
    disk: Path | None = None

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.folder = folder
        self.rng = rng
        self.argv: list[str] = []
        self.env = dict(os.environ)
        self.cwd = ROOT
        self.time = 1.0

    def ruin(self) -> None:
        """Make work for the command."""

    def digests(self) -> dict[str, str]:
        raise NotImplementedError

    def start(self, *more: str) -> subprocess.Popen:
        return subprocess.Popen(
            [*self.argv, *more],
            cwd=self.cwd,
            env=self.env,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *more: str) -> tuple[int, str]:
        process = self.start(*more)
        try:
            said, _ = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
            return -1, f"{said}\n(hung)"
        return process.returncode, said

    def measure(self) -> None:
        """The undisturbed run: what it gives, and how long it takes."""
        code, said = self.run()
        assert code == 0, said
        self.right = self.digests()
        self.ruin()
        start = time.monotonic()
        code, said = self.run()
        self.time = time.monotonic() - start
        problem = said if code else self.difference()
        assert not problem, problem

    def healed(self, *more: str) -> str | None:
        """Run it to its end; what is wrong then."""
        code, said = self.run(*more)
        if code:
            return f"ended with {code}:\n{said}"
        return self.difference()

    def difference(self) -> str | None:
        found = self.digests()
        if found == self.right:
            return None
        wrong = [
            name for name in found.keys() | self.right if found.get(name) != self.right.get(name)
        ]
        return f"differs in {sorted(wrong)[:5]}"


class Fetch(Target):
    name = "fetch"

    def __init__(self, folder: Path, rng: random.Random) -> None:
        super().__init__(folder, rng)
        releases = [pins.load_series(ROOT, name).release(version) for name, version in RELEASES]
        fetcher.ensure_all(releases)
        self.mirror = folder / "mirror"
        (self.mirror / "sha256").mkdir(parents=True)
        for release in releases:
            source = Store().object_path(release.file())
            shutil.copyfile(source, self.mirror / "sha256" / source.name)
        self.store = folder / "disk" / "store"
        self.disk = folder / "disk"
        self.argv = [sys.executable, "-I", "-c", FETCH, str(self.store), json.dumps(RELEASES)]

    def ruin(self) -> None:
        """An empty store, or one that lacks some trees or markers, and perhaps some files."""
        if self.rng.random() < 0.5:
            shutil.rmtree(self.store, ignore_errors=True)
            return
        there = sorted(self.store.glob("tree/*"))
        for path in self.rng.sample(there, len(there) // 2):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in self.store.glob("sha256/*"):
            if self.rng.random() < 0.3:
                path.unlink()

    def digests(self) -> dict[str, str]:
        """The trees; the file of one that is there may be gone, but never wrong."""
        result = digest_tree(self.store, ("locks/", "sha256/"))
        for path in self.store.glob("sha256/*"):
            if hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
                result[path.name] = "is wrong"
        return result


#: What stands at the ends of the graph, and what says how to build.
ENDS = ("musl.wasm", "musl.wast", "kernel.wasm", "report.json", "manifest.toml", "build.ninja")


class Build(Target):
    name = "build"

    def __init__(self, folder: Path, rng: random.Random) -> None:
        super().__init__(folder, rng)
        self.chosen = variant.choose(ROOT, {})
        self.cwd = folder / "checkout"
        reproduction.twin(ROOT, self.cwd, self.chosen.out)
        self.out = self.cwd / self.chosen.out
        self.argv = [sys.executable, "-m", "muslfall", "build", "-j2"]
        self.env["PYTHONPATH"] = "src"
        self.sources = sorted((self.cwd / "arch/wasm32").rglob("*.c"))
        self.disk = self.cwd / "out"

    def ruin(self) -> None:
        """Some sources are newer, some outputs are gone."""
        for path in self.rng.sample(self.sources, 3):
            os.utime(path)
        made = [p for p in self.out.glob("obj/**/*.[so]") if p.is_file()]
        gone = self.rng.sample(sorted(made), 4)
        if self.rng.random() < 0.2:  # seldom: all programs run again then, on both hosts
            gone.append(self.out / self.rng.choice(ENDS))
        for path in gone:
            path.unlink(missing_ok=True)

    def digests(self) -> dict[str, str]:
        found = artifacts(self.out)
        result = {name: digest(path) for name, path in found.items()}
        return result | {"manifest": digest(self.out / "manifest.toml")}


class Sign(Target):
    name = "sign"

    def __init__(self, folder: Path, rng: random.Random) -> None:
        super().__init__(folder, rng)
        self.tree = folder / "tree"
        self.keys = folder / "keys"
        self.argv = [sys.executable, "-I", "-m", "muslfall", "trust", "sign", str(self.tree)]
        self.argv += ["--keys", str(self.keys)]
        self.number = 0
        self.ruin()
        init = [sys.executable, "-I", "-m", "muslfall", "trust", "init", str(self.tree)]
        subprocess.run([*init, "--keys", str(self.keys)], check=True, stdout=subprocess.DEVNULL)

    def ruin(self) -> None:
        self.number += 1
        folder = self.tree / PLATFORM
        build = folder / str(self.number % 20)
        build.mkdir(parents=True, exist_ok=True)
        archive = build / "wasm-binaries.tar.xz"
        if not archive.exists():
            archive.write_bytes(self.rng.randbytes(500_000))
        temporary = folder / "lkgr.json.new"
        temporary.write_text(f'{{"build": {self.number}}}')
        temporary.replace(folder / "lkgr.json")

    def digests(self) -> dict[str, str]:
        """What a reader gets of the files that a reader wants, and that it is what there is."""
        from muslfall.mirror import trust

        with serving(self.tree) as url:
            store = Store(self.folder / "reader")
            client = trust.Client(url, store, self.tree / "metadata/1.root.json")
            client.state = self.folder / "reader/trust/one"
            if (
                client.target("linux-x86_64/lkgr.json").read_bytes()
                != (self.tree / "linux-x86_64/lkgr.json").read_bytes()
            ):
                return {"lkgr.json": "is not the one that was published"}
        left = [p.name for p in (self.tree / "metadata").glob(".*")]
        return {"left behind": " ".join(left)}


class Publish(Sign):
    name = "publish"

    def __init__(self, folder: Path, rng: random.Random) -> None:
        super().__init__(folder, rng)
        shutil.rmtree(self.tree / PLATFORM)
        words = [str(folder / "checkouts"), str(self.tree), str(self.keys)]
        self.argv = [sys.executable, "-I", "-c", PUBLISH, str(ROOT / "tests"), *words]

    def ruin(self) -> None:
        """Some builds, some pinned files, or what announces the builds are gone."""
        if not (self.tree / PLATFORM / "1").exists():
            super().ruin()
            return
        # What announces builds goes with them: otherwise it is a state that no kill leaves.
        gone = list((self.tree / PLATFORM).glob("*.json"))
        for folders in ((self.tree / PLATFORM).glob("[0-9]"), (self.tree / "sha256").iterdir()):
            gone += [path for path in sorted(folders) if self.rng.random() < 0.5]
        for path in gone:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def digests(self) -> dict[str, str]:
        result = digest_tree(self.tree / PLATFORM) | super().digests()
        for path in (self.tree / "sha256").iterdir():
            if hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
                result[path.name] = "is wrong"
        return result


TARGETS = {"fetch": Fetch, "build": Build, "sign": Sign, "publish": Publish}


# The faults: each makes one, and returns whether it struck and what is wrong after the next run.


def kill(target: Target) -> tuple[bool, str | None]:
    """kill -9 at a random moment, of the group or of the first process alone."""
    target.ruin()
    process = target.start()
    time.sleep(target.rng.uniform(0, target.time))
    struck = process.poll() is None
    if target.rng.random() < 0.5:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.stdout.close()  # type: ignore[union-attr]
    process.wait()
    return struck, target.healed()


def twice(target: Target) -> tuple[bool, str | None]:
    """A second one starts while the first one runs; both end well."""
    target.ruin()
    first = target.start()
    time.sleep(target.rng.uniform(0, target.time))
    struck = first.poll() is None
    second = target.healed()
    said, _ = first.communicate(timeout=TIMEOUT)
    return struck, second or (f"the first one failed: {said}" if first.returncode else None)


def flip_bit(path: Path, rng: random.Random) -> None:
    mode = path.stat().st_mode
    path.chmod(0o644)
    with path.open("r+b") as file:
        offset = rng.randrange(path.stat().st_size)
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1 << rng.randrange(8)]))
    path.chmod(mode)


def flip(target: Target) -> tuple[bool, str | None]:
    """A bit of the store is wrong, which `fetch --verify` heals, or one of the mirror."""
    assert isinstance(target, Fetch)
    rng = target.rng
    if rng.random() < 0.5:
        files = [*target.store.glob("sha256/*"), *target.store.glob("tree/**/*")]
        files = sorted(p for p in files if p.is_file() and not p.is_symlink() and p.stat().st_size)
        flip_bit(rng.choice(files), rng)
        return True, target.healed("verify")
    shutil.rmtree(target.store)
    bad = rng.choice(sorted((target.mirror / "sha256").iterdir()))
    good = bad.read_bytes()
    flip_bit(bad, rng)
    code, said = target.run()
    bad.write_bytes(good)
    if code != 1 or "sha256" not in said or (target.store / "sha256" / bad.name).exists():
        return True, f"a wrong file was not refused ({code}):\n{said}"
    return True, target.healed()


def mount(folder: Path, options: str) -> bool:
    argv = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return os.getuid() == 0 and subprocess.call(argv, stderr=subprocess.DEVNULL) == 0


def full(target: Target) -> tuple[bool, str | None]:
    """The disk fills up at a random moment: an error that says so; with room again all is well."""
    disk = target.disk
    assert disk is not None
    target.ruin()
    room = int(subprocess.check_output(["du", "-s", "-B1", disk]).split()[0])
    room += target.rng.randrange(1 << 12, 12 << 20 if isinstance(target, Fetch) else 3 << 20)
    copy = disk.with_name("aside")
    disk.rename(copy)
    disk.mkdir()
    if not mount(disk, f"size={max(room, 1 << 20)}"):
        disk.rmdir()
        copy.rename(disk)
        return False, None
    try:
        try:
            shutil.copytree(copy, disk, symlinks=True, dirs_exist_ok=True)
        except shutil.Error:
            subprocess.check_call(["mount", "-o", f"remount,size={room + (4 << 20)}", disk])
            shutil.copytree(copy, disk, symlinks=True, dirs_exist_ok=True)
        code, said = target.run()
        struck = code != 0
        if struck and "No space left on device" not in said:
            return True, f"a full disk was not named ({code}):\n{said}"
        subprocess.check_call(["mount", "-o", "remount,size=1g", disk])
        return struck, target.healed()
    finally:
        subprocess.check_call(["umount", "--lazy", disk])
        disk.rmdir()
        copy.rename(disk)
        target.run()


FAULTS = {"kill": kill, "twice": twice, "flip": flip, "full": full}
#: How often each fault is tried for each kill.
SHARE = {"kill": 1.0, "twice": 0.1, "flip": 0.2, "full": 0.1}


def applies(target: type[Target], fault: str) -> bool:
    return {"flip": target is Fetch, "full": not issubclass(target, Sign)}.get(fault, True)


class Series:
    """The runs of one fault of one command; `line` is its row of the result, at any time."""

    def __init__(self, target: Target, fault: str) -> None:
        self.target = target
        self.fault = fault
        self.runs = self.struck = self.wrong = 0
        self.start = time.monotonic()

    def line(self) -> str:
        seconds = time.monotonic() - self.start
        counts = f"{self.runs} | {self.struck} | {self.wrong}"
        return f"| {self.target.name} | {self.fault} | {counts} | {seconds:.0f} s |"

    def run(self) -> None:
        hit, problem = FAULTS[self.fault](self.target)
        self.runs += 1
        self.struck += hit
        if problem:
            self.wrong += 1
            say(f"{self.target.name} {self.fault} {self.runs}: {problem}")
            self.target.ruin()
            self.target.run()
        if self.runs % 20 == 0:
            say(self.line())


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("words", nargs="*", help=f"of {', '.join([*TARGETS, *FAULTS])}")
    parser.add_argument("--runs", type=int, default=5, help="kills per command")
    parser.add_argument("--dir", help="where to work (default: the usual folder)")
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else int(time.time())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"seed {seed}\n| command | fault | runs | struck | wrong | time |", flush=True)
    print("|---|---|---|---|---|---|", flush=True)
    done: list[Series] = []
    with suppress(KeyboardInterrupt):
        for name, kind in TARGETS.items():
            if not {*args.words} & {*TARGETS} or name in args.words:
                attack(name, kind, seed, args, done)
    for one in done:
        print(one.line())
    return 1 if any(one.wrong for one in done) else 0


def attack(name: str, kind: type[Target], seed: int, args, done: list[Series]) -> None:
    """Every fault that is asked for, of one command; each series is in `done` from its start."""
    named = {*args.words} & {*FAULTS}
    with tempfile.TemporaryDirectory(prefix="muslfall-faults-", dir=args.dir) as temporary:
        target = kind(Path(temporary), random.Random(f"{seed} {name}"))
        with serving(getattr(target, "mirror", target.folder)) as url:
            target.env["MUSLFALL_MIRROR"] = url
            target.measure()
            for fault in FAULTS:
                if applies(kind, fault) and (not named or fault in named):
                    done.append(Series(target, fault))
                    for _ in range(max(1, round(args.runs * SHARE[fault]))):
                        done[-1].run()


if __name__ == "__main__":
    sys.exit(main())
