"""The fetch: brings pinned files into the store, unpacks them, and links them into out/."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from muslfall.base.errors import MuslfallError, raise_gathered
from muslfall.base.progress import Progress
from muslfall.fetch.store import Store
from muslfall.pins.release import File, Release, current_platform

#: Files that are fetched at the same time.
WORKERS = 3


class Trees(dict[str, Path]):
    """Component to the path of its unpacked tree; `releases` has the release of each."""

    def __init__(self, releases: Iterable[Release], paths: Iterable[Path]) -> None:
        self.releases = {release.component: release for release in releases}
        super().__init__(zip(self.releases, paths, strict=True))


@dataclass(frozen=True)
class Status:
    """The parts of a release that are in the store: its file, its unpacked tree."""

    release: Release
    file: File
    object: bool
    tree: bool


def status(releases: Iterable[Release], store: Store, platform: str | None = None) -> list[Status]:
    """The parts of the releases that are in the store; those without a file for the platform are
    left out."""
    result = []
    for release in releases:
        with suppress(MuslfallError):
            file = release.file(platform)
            tree = store.tree(release, file) is not None
            result.append(Status(release, file, store.has_object(file), tree))
    return result


def ensure(
    releases: Iterable[Release],
    *,
    store: Store | None = None,
    offline: bool = False,
    progress: Progress | None = None,
    platform: str | None = None,
) -> Trees:
    """Have the releases, one per component, fetched and unpacked; returns their trees.

    A release that is there already costs a few looks at the disk. Raises MuslfallError with every
    release that could not be had and what each of its sources said; OSError: the disk is full.
    """
    releases = list(releases)
    paths = ensure_all(releases, store=store, offline=offline, progress=progress, platform=platform)
    return Trees(releases, paths)


def ensure_all(
    releases: Iterable[Release],
    *,
    store: Store | None = None,
    offline: bool = False,
    verify: bool = False,
    progress: Progress | None = None,
    platform: str | None = None,
) -> list[Path]:
    """Like `ensure`, for any number of releases per component; the trees in their order.

    verify: read every file and tree, and replace what is not as it was pinned.
    """
    releases = list(releases)
    store = store or Store()
    fetcher = Fetcher(store, offline, verify, progress or Progress(), platform)
    missing = releases if verify else [r for r in releases if fetcher.present(r) is None]
    if missing or store.has_leftovers():
        store.sweep()
    if missing:
        fetcher.fetch_all(missing)
    return [fetcher.required(release) for release in releases]


def ensure_objects(releases: Iterable[Release], *, store: Store, progress: Progress) -> None:
    """Have the releases' files themselves in the store, whether their trees are there or not.

    Raises MuslfallError as `ensure`.
    """
    fetcher = Fetcher(store, False, False, progress, None)
    missing = [r for r in releases if not store.has_object(r.file(fetcher.platform))]
    if missing:
        store.sweep()
        fetcher.fetch_all(missing, fetcher.fetch_object)


class Fetcher:
    """Fetches releases into one store."""

    def __init__(
        self, store: Store, offline: bool, verify: bool, progress: Progress, platform: str | None
    ) -> None:
        self.store = store
        self.offline = offline
        self.verify = verify
        self.progress = progress
        self.platform = platform or current_platform()

    def present(self, release: Release) -> Path | None:
        return self.store.tree(release, release.file(self.platform))

    def required(self, release: Release) -> Path:
        path = self.present(release)
        if path is None:
            raise MuslfallError("was unpacked, but lacks a tool of its pin", release.name)
        return path

    def fetch_all(
        self, releases: list[Release], fetch: Callable[[Release], object] | None = None
    ) -> None:
        """Fetch the releases, some at a time; problems are gathered, then raised once.

        fetch: what to do with each of them (default: `fetch`).
        """
        problems: list[MuslfallError] = []
        with ThreadPoolExecutor(WORKERS) as pool:
            futures = [pool.submit(fetch or self.fetch, release) for release in releases]
            try:
                for future in futures:
                    try:
                        future.result()
                    except MuslfallError as error:
                        problems.append(error)
            except BaseException:
                # A full disk or the user's Ctrl-C: the other downloads are not worth finishing.
                self.progress.cancel()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        raise_gathered(problems, f"{len(problems)} of {len(releases)} releases cannot be had")

    def locked(self, release: Release, file: File) -> AbstractContextManager[None]:
        """The lock of a file; whoever waits for it is told so."""

        def waiting() -> None:
            self.progress.note(f"{release.name}: another muslfall is fetching it; waiting")

        return self.store.lock(file.sha256, waiting)

    def fetch_object(self, release: Release) -> None:
        """Fetch the file of one release, and leave it as it is."""
        file = release.file(self.platform)
        with self.locked(release, file), self.store.workspace() as work:
            self.obtain(release, file, work)

    def fetch(self, release: Release) -> Path:
        """Fetch and unpack one release, while no other process does the same."""
        file = release.file(self.platform)
        with self.locked(release, file):
            tree = self.store.tree(release, file)
            if self.verify:
                tree = self.verified(release, file, tree)
            if tree is not None:
                return tree
            with self.store.workspace() as work:
                self.obtain(release, file, work)
                self.check_signature(release, file)
                self.progress.note(f"{release.name}: unpacking")
                return self.store.unpack(release, file, work)

    def verified(self, release: Release, file: File, tree: Path | None) -> Path | None:
        """The tree if the file and it are right to the last byte; what is not is removed."""
        if not self.store.check_object(file):
            self.progress.note(f"{release.name}: the store's file is missing or wrong")
            with self.store.workspace() as work:
                self.obtain(release, file, work)
        self.check_signature(release, file)
        if tree is None:
            return None
        wrong = self.store.tree_damage(release, file)
        if wrong == []:
            return tree
        what = ", ".join(wrong[:3]) if wrong else "its marker"
        self.progress.note(f"{release.name}: the unpacked tree is wrong ({what}); unpacking again")
        return None

    def check_signature(self, release: Release, file: File) -> None:
        """Hold the file against its author's signature, where one is pinned."""
        from muslfall.fetch import signature

        said = signature.check(release, self.store.object_path(file))
        if said:
            self.progress.note(f"{release.name}: {said}")

    def obtain(self, release: Release, file: File, work: Path) -> None:
        """Have the file itself in the store, right to the last byte."""
        if self.store.check_object(file):
            return
        if self.offline:
            where = f"{release.name}: {file.name}"
            hint = "the same command without --offline"
            raise MuslfallError("is not in the store, and the network is off", where, hint)
        # Imported here: what is in the store already needs neither requests nor a client.
        from muslfall.fetch.sources import Job, chain

        problems: list[MuslfallError] = []
        for number, source in enumerate(chain(release, file)):
            folder = work / f"source-{number}"
            folder.mkdir()
            self.progress.start(release.name, f"{release.name}: from {source.name}", file.size)
            try:
                partial = self.store.partial_path(file)
                job = Job(release, file, folder, partial, self.advance(release))
                self.store.admit(source.fetch(job), file)
                return
            except MuslfallError as error:
                problems.append(error.within(source.name))
                self.progress.note(f"{release.name}: {source.name}: {error}")
            finally:
                self.progress.finish(release.name)
        hint = "the network, or MUSLFALL_MIRROR=http://HOST of a machine that has the file"
        what = "none of its sources has the pinned file"
        raise MuslfallError(what, f"{release.name}: {file.name}", hint, problems)

    def advance(self, release: Release) -> Callable[[int], None]:
        return lambda done: self.progress.advance(release.name, done)
