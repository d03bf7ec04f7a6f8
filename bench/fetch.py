"""A fetch of the LKGR build's files, some at a time, against curl and sha256sum; and a warm one.

nginx serves the files on 127.0.0.1, and all read and write the same disk. `files` is the fetch
without unpacking, which curl does not do either: Python's start, requests, digests, the store's
renames. The store also waits until each file is on the disk; with `sync -d` curl's files are, too.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from measure import ROOT, Sample, folder, interleaved, median, ratio, run, say

sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from kit import nginx  # noqa: E402

from muslfall.base import progress  # noqa: E402
from muslfall.fetch import fetcher  # noqa: E402
from muslfall.fetch.store import Store  # noqa: E402
from muslfall.pins.lkgr import load_lkgr  # noqa: E402
from muslfall.pins.release import File  # noqa: E402

ROUNDS = 7
FILES = """
from muslfall import ROOT
from muslfall.base import progress
from muslfall.fetch import fetcher
from muslfall.fetch.store import Store
from muslfall.pins.lkgr import load_lkgr
releases = load_lkgr(ROOT).releases.values()
fetcher.ensure_objects(releases, store=Store(), progress=progress.Progress())
"""


class Bench:
    """The sides, each beginning with nothing in a folder of its own."""

    def __init__(self, top: Path, url: str, files: list[File]) -> None:
        self.top = top
        self.url = url
        self.files = files
        self.env = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "MUSLFALL_MIRROR": url,
            "MUSLFALL_STORE": str(top / "store"),
            "NO_PROXY": "*",
        }

    def fresh(self, name: str) -> Path:
        shutil.rmtree(self.top / name, ignore_errors=True)
        (self.top / name).mkdir()
        return self.top / name

    def curl(self, sync: bool = False) -> Sample:
        """curl, as many at a time as the fetch, then sha256sum -c; then perhaps to the disk."""
        place = self.fresh("curl")
        sums = place / "SHA256SUMS"
        sums.write_text("".join(f"{file.sha256}  {file.sha256}\n" for file in self.files))
        urls = [word for file in self.files for word in ("-O", f"{self.url}/sha256/{file.sha256}")]
        argv = ["curl", "-sS", "-f", "-Z", "--parallel-max", str(fetcher.WORKERS), *urls]
        done = run(argv, place)
        done += run(["sha256sum", "--quiet", "-c", sums.name], place)
        if not sync:
            return done
        return done + run(["sync", "-d", *(file.sha256 for file in self.files)], place)

    def objects(self) -> Sample:
        store = Store(self.fresh("store"))
        sample = run([sys.executable, "-c", FILES], ROOT, self.env)
        if not all(store.check_object(file) for file in self.files):
            raise SystemExit("the fetch did not bring every file")
        return sample

    def whole(self) -> Sample:
        """The command, from an empty store to trees that are linked."""
        self.fresh("store")
        return self.warm()

    def warm(self) -> Sample:
        return run(["./muslfall", "fetch"], ROOT, self.env)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    releases = list(load_lkgr(ROOT).releases.values())
    store = Store()
    with progress.show() as shown:
        fetcher.ensure_objects(releases, store=store, progress=shown)
    files = [release.file() for release in releases]
    with folder() as top:
        (top / "site").mkdir()
        (top / "site/sha256").symlink_to(store.root / "sha256")
        with nginx.files(top / "nginx", top / "site") as server:
            bench = Bench(top, server.url, files)
            try:
                sides = {
                    "curl -Z, sha256sum": bench.curl,
                    "curl -Z, sha256sum, sync": lambda: bench.curl(sync=True),
                    "fetch, files": bench.objects,
                }
                found = {name: median(side) for name, side in interleaved(sides, rounds).items()}
                found["./muslfall fetch, unpacking too"] = bench.whole()
                warm = interleaved({"./muslfall fetch, warm": bench.warm}, rounds)
                found |= {name: median(side) for name, side in warm.items()}
            finally:
                run(["./muslfall", "fetch"])  # out/pinned leads to the user's store again
    print(f"{len(files)} files, {sum(file.size for file in files) / 1e6:.0f} MB")
    for name, sample in found.items():
        say(name, sample)
    curl, synced, ours, _, warm = found.values()
    ratio("fetch, files / curl and sha256sum, wall", ours.wall / curl.wall, 1.2)
    ratio("fetch, files / the same and sync, wall", ours.wall / synced.wall, 1.2)
    ratio("fetch, files / curl and sha256sum, CPU", ours.cpu / curl.cpu, 1.2)
    ratio("warm fetch, s", warm.wall)


if __name__ == "__main__":
    main()
