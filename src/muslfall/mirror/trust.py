"""Trust in a mirror: what of it may be believed, by The Update Framework's metadata.

A client starts from a root that came with the checkout or from its user, and keeps for each
mirror what it has seen last, in the store's folder trust/. So a mirror can refuse, but neither
alter a file nor show an older state, a mixed one, or for longer than a signature holds the same.
repository.py is the other side.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import requests
from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root, TargetFile
from tuf.api.serialization import DeserializationError
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest
from muslfall.fetch import http
from muslfall.fetch.store import MismatchError, Store
from muslfall.mirror.signed_files import is_moving
from muslfall.pins.release import File

#: Names the file with the trusted root, instead of the checkout's.
ROOT_VARIABLE = "MUSLFALL_MIRROR_ROOT"
PATIENCE = http.PATIENCE
ROOT_FILE = ROOT / "toolchain" / "mirror-root.json"


class TrustError(MuslfallError):
    """A mirror, or something on it, is not to be believed."""


def trusted_root(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """The file to start from: `path`, else $MUSLFALL_MIRROR_ROOT, else the checkout's.

    Raises TrustError: there is none.
    """
    named = path or environ.get(ROOT_VARIABLE)
    chosen = Path(named) if named else ROOT_FILE
    if not chosen.is_file():
        hint = f"--root FILE or {ROOT_VARIABLE}=FILE: the root that the mirror's operator gives out"
        raise TrustError("there is no trusted root of a mirror", chosen, hint)
    return chosen


class Fetcher(FetcherInterface):
    """How python-tuf gets metadata: by the house's HTTP, with its retries and its patience."""

    def __init__(self, session: requests.Session, patience: http.Patience) -> None:
        self.session = session
        self.patience = patience
        self.last = ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        raise NotImplementedError("metadata has a limit: download_bytes")

    def download_bytes(self, url: str, max_length: int) -> bytes:
        self.last = url
        try:
            return http.read(self.session, url, max_length, self.patience)
        except http.MissingError as error:
            # python-tuf: there is no newer root, if it is a root that is missing.
            raise exceptions.DownloadHTTPError(error.what, 404) from None


class Client:
    """One mirror, seen from a trusted root.

    url: its address; store: where its state and the files go (default: the user's store); root: a
    file as `trusted_root` takes it. Its answers describe one state of the mirror, the one at the
    first question. Every method raises TrustError or HttpError: what is wrong, and where.
    """

    def __init__(
        self,
        url: str,
        store: Store | None = None,
        root: Path | None = None,
        session: requests.Session | None = None,
        patience: http.Patience | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.store = store or Store()
        self.root = trusted_root(root)
        self.session = session or http.make_session()
        self.patience = patience or PATIENCE
        self.fetcher = Fetcher(self.session, self.patience)
        self.key = hashlib.sha256(self.url.encode()).hexdigest()[:16]
        self.state = self.store.root / "trust" / self.key
        self.targets: dict[str, TargetFile] | None = None

    def signed(self) -> dict[str, TargetFile]:
        """The signed files, by path; the mirror is asked once per client."""
        if self.targets is None:
            self.targets = self.refresh()
        return self.targets

    def refresh(self) -> dict[str, TargetFile]:
        """Bring the kept metadata up to date; returns what it says of each file."""
        with self.store.lock(f"trust-{self.key}"), self.explained():
            self.state.mkdir(parents=True, exist_ok=True)
            updater = Updater(
                metadata_dir=str(self.state),
                metadata_base_url=f"{self.url}/metadata/",
                fetcher=self.fetcher,
                config=UpdaterConfig(),
                bootstrap=self.bootstrap(),
            )
            updater.refresh()
            # Read before another process may bring the next state.
            return Metadata.from_file(str(self.state / "targets.json")).signed.targets

    def bootstrap(self) -> bytes:
        """The trusted root. Raises TrustError: the file is none."""
        data = self.root.read_bytes()
        try:
            if isinstance(Metadata.from_bytes(data).signed, Root):
                return data
        except DeserializationError:
            pass
        raise TrustError("is not a root of TUF's metadata", self.root)

    def paths(self) -> list[str]:
        """The paths of all files that are signed, sorted."""
        return sorted(self.signed())

    def file(self, path: str) -> File:
        """The file `path` of the mirror, pinned by what is signed: its size, sha256 and URL."""
        target = self.info(path)
        sha256 = target.hashes.get("sha256", "")
        name = path.rpartition("/")[2]
        return File("any", name, sha256, target.length, f"{self.url}/{path}")

    def info(self, path: str) -> TargetFile:
        """The signed length and sha256 of `path`. Raises TrustError: it has none."""
        found = self.signed().get(path)
        if found is None:
            raise TrustError("is not among the files that the mirror signs", f"{self.url}/{path}")
        if set(found.hashes) != {"sha256"}:
            raise TrustError("is signed without its sha256", f"{self.url}/{path}")
        return found

    def target(
        self,
        path: str,
        limit: int | None = None,
        advance: Callable[[int], None] = lambda done: None,
    ) -> Path:
        """A verified copy of the file `path`, in the store.

        limit: the size in bytes above which it is refused. advance: is told the bytes that are
        there so far.
        """
        file = self.file(path)
        if limit is not None and file.size > limit:
            what = f"has {file.size} bytes, more than the {limit} that it may have"
            raise TrustError(what, file.url)
        with self.store.lock(file.sha256):
            if not self.store.check_object(file):
                self.store.admit(self.download(path, file, advance), file)
        return self.store.object_path(file)

    def download(self, path: str, file: File, advance: Callable[[int], None]) -> Path:
        """Bring a file that is signed to where a download is resumed.

        A file that moves is asked for by its digest first, since the path may lead to the next
        state already. Raises TrustError: no place has it.
        """
        places = [f"{self.url}/{path}", f"{self.url}/sha256/{file.sha256}"]
        if is_moving(path):
            places.reverse()
        problems: list[MuslfallError] = []
        for url in places:
            try:
                return self.complete(url, file, advance)
            except (http.HttpError, MismatchError) as error:
                problems.append(error)
        named = problems[places.index(f"{self.url}/{path}")]
        raise TrustError(f"cannot be had as it is signed: {named.what}", named.where, named.hint)

    def complete(self, url: str, file: File, advance: Callable[[int], None]) -> Path:
        """Download from one place. Raises HttpError, MismatchError: it has another file."""
        partial = self.store.partial_path(file)
        for _ in range(2):
            resumed = partial.exists()
            if file.size == 0:
                partial.touch()
            http.download(self.session, url, partial, file.size, advance, self.patience)
            found = digest(partial)
            if found == file.sha256:
                return partial
            partial.unlink()
            if not resumed:
                break
        raise MismatchError(f"has sha256 {found}, signed {file.sha256}", url)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn the library's exceptions into TrustError, in words of what is wrong and where."""
        try:
            yield
        except (exceptions.RepositoryError, exceptions.DownloadError) as error:
            where = self.fetcher.last or self.url
            raise TrustError(*explain(error, where)) from None


def explain(error: Exception, where: str) -> tuple[str, str, str]:
    """What, where and what to do, for an exception of python-tuf."""
    operator = "another mirror; tell this one's operator"
    text = str(error).partition("\n")[0]
    if isinstance(error, exceptions.ExpiredMetadataError):
        now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        what = f"the signature has expired ({text}); by this machine's clock it is {now}"
        return what, where, "another mirror; its operator: ./muslfall trust refresh"
    if isinstance(error, exceptions.BadVersionNumberError):
        return f"goes back behind, or does not fit, what was seen before ({text})", where, operator
    if isinstance(error, exceptions.UnsignedMetadataError):
        return f"is not signed by the trusted keys ({text})", where, operator
    if isinstance(error, exceptions.LengthOrHashMismatchError):
        return f"is not the file that is signed ({text})", where, operator
    if isinstance(error, DeserializationError):
        what = "is not TUF's metadata; a proxy's page, or not a mirror?"
        return what, where, "the address in a browser, from this machine"
    if isinstance(error, exceptions.DownloadError):
        return text, where, "later, or another mirror"
    return text, where, operator
