"""The signed side of a mirror: TUF metadata over a published tree.

    metadata/N.root.json       which keys sign what; the trusted root of a client is one of them
    metadata/N.targets.json    every file of the platforms' folders, with size and sha256
    metadata/N.snapshot.json   which targets.json is current
    metadata/timestamp.json    which snapshot.json is current, and until when that may be believed
    metadata/draft.root.json   a root that not enough keys have signed yet; no client reads it
    sha256/HEX                 a copy of each file that moves (lkgr.json), for readers of either

After The Update Framework's specification, version 1.0, with consistent snapshots. timestamp.json
is written last and everything by renaming, so a reader sees the old state or the new one.
"""

from __future__ import annotations

import copy
import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from muslfall.base import files, locks
from muslfall.base.errors import UsageError
from muslfall.mirror.signed_files import SigningError, gone, is_moving, scan
from muslfall.publish import keys
from muslfall.publish.keys import Ring

#: Days for which a signature holds. How long a mirror can be frozen unnoticed is timestamp's.
LIFETIMES = {"root": 365, "targets": 180, "snapshot": 30, "timestamp": 7}
#: The roles whose keys are on the machine that publishes, in the order in which they sign.
ONLINE = ("targets", "snapshot", "timestamp")
DRAFT = "draft.root.json"


class Repository:
    """The metadata of one tree. now: the time by which signatures expire; default: the clock's."""

    def __init__(
        self,
        tree: Path,
        now: datetime | None = None,
        lifetimes: Mapping[str, int] = LIFETIMES,
    ) -> None:
        self.tree = Path(tree)
        self.metadata = self.tree / "metadata"
        self.now = (now or datetime.now(timezone.utc)).replace(microsecond=0)
        self.lifetimes = {**LIFETIMES, **lifetimes}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the tree against another signer, which waits."""
        if not self.tree.is_dir():
            raise SigningError("is no folder", self.tree)
        with locks.held(self.tree / ".trust.lock"):
            yield

    # What is there.

    def read(self, name: str) -> Metadata | None:
        """The metadata file `name`, none when there is none. Raises SigningError: unreadable."""
        path = self.metadata / name
        try:
            return Metadata.from_bytes(path.read_bytes())
        except FileNotFoundError:
            return None
        except RepositoryError as error:
            hint = "put back a copy, from another mirror or a client's store"
            raise SigningError(f"is damaged: {error}", path, hint) from None

    def root(self) -> Metadata[Root]:
        """The newest root. Raises SigningError: the tree was never given keys."""
        found = [path.name.partition(".")[0] for path in self.metadata.glob("*.root.json")]
        versions = [int(version) for version in found if re.fullmatch("[0-9]{1,18}", version)]
        newest = self.read(f"{max(versions)}.root.json") if versions else None
        if newest is None:
            hint = f"./muslfall trust init {self.tree} --keys FOLDER"
            raise SigningError("has no metadata/1.root.json", self.tree, hint)
        return newest

    def draft(self) -> Metadata[Root] | None:
        """The root that waits for signatures; one that is published already is none."""
        draft = self.read(DRAFT)
        return draft if draft and draft.signed.version == self.root().signed.version + 1 else None

    def current(self, role: str) -> Metadata | None:
        """The metadata of an online role that timestamp.json leads to."""
        timestamp = self.read("timestamp.json")
        if role == "timestamp" or timestamp is None:
            return timestamp
        snapshot = self.read(f"{timestamp.signed.snapshot_meta.version}.snapshot.json")
        if role == "snapshot" or snapshot is None:
            return snapshot
        return self.read(f"{snapshot.signed.meta['targets.json'].version}.targets.json")

    def signed(self) -> dict[str, TargetFile]:
        """The files that the tree signs, by path. Raises SigningError: nothing, or not by the
        root's keys."""
        targets = self.current("targets")
        if targets is None:
            hint = f"./muslfall trust sign {self.tree} --keys FOLDER"
            raise SigningError("signs nothing yet", self.tree, hint)
        if not verifies(self.root().signed, "targets", targets):
            raise SigningError("is not signed by the keys of its root", self.metadata)
        return targets.signed.targets

    # What is written.

    def expires(self, role: str) -> datetime:
        return self.now + timedelta(days=self.lifetimes[role])

    def write(self, name: str, data: bytes, folder: Path | None = None) -> None:
        """Write a file so that readers see all of it or none."""
        folder = folder or self.metadata
        folder.mkdir(parents=True, exist_ok=True)
        files.write(folder / name, data, durable=True)

    def sweep(self) -> None:
        """Remove what a killed signer left half written. Hold the lock."""
        for path in self.metadata.glob(files.UNFINISHED):
            path.unlink(missing_ok=True)

    def put(self, name: str, metadata: Metadata) -> None:
        self.write(name, metadata.to_bytes(JSONSerializer(validate=True)))

    def create(self, folder: Path, count: int, threshold: int) -> list[str]:
        """Make all keys in `folder` and version 1 of the root; returns the keys' names.

        count: how many root keys; threshold: how many of them a new root needs.
        """
        if not 1 <= threshold <= count:
            raise UsageError(f"must be 1 to {count}, the number of root keys", "--threshold")
        if list(self.metadata.glob("*.root.json")):
            raise SigningError("has keys already", self.metadata, "./muslfall trust rotate --help")
        names = [f"root{number}" for number in range(1, count + 1)]
        made = {name: keys.create(folder, name) for name in [*names, *ONLINE]}
        root = Root(version=1, expires=self.expires("root"), consistent_snapshot=True)
        for name, signer in made.items():
            root.add_key(signer.public_key, role_of(name))
        root.roles["root"].threshold = threshold
        metadata = Metadata(root)
        for name in names:
            metadata.sign(made[name], append=True)
        self.put("1.root.json", metadata)
        return list(made)

    def sign(self, ring: Ring) -> dict[str, int]:
        """Sign the tree as it is now; returns the version of each online role."""
        with self.locked():
            self.sweep()
            old = self.current("targets")
            targets = scan(self.tree, old.signed.targets if old else {})
            return self.update(ring, targets)

    def refresh(self, ring: Ring) -> dict[str, int]:
        """Sign anew what is signed already; only the keys of what is due are needed."""
        with self.locked():
            self.sweep()
            if self.current("targets") is None:
                hint = f"./muslfall trust sign {self.tree} --keys FOLDER"
                raise SigningError("was never signed", self.tree, hint)
            return self.update(ring)

    def update(self, ring: Ring, targets: dict[str, TargetFile] | None = None) -> dict[str, int]:
        """Write new versions of the online roles where they need one; timestamp always does.

        targets: every file; none: those that were signed last. Raises SigningError: a key that
        is needed is not at hand.
        """
        roots = [self.root(), *filter(None, [self.draft()])]
        if roots[0].signed.is_expired(self.now):
            hint = f"./muslfall trust rotate {self.tree} --keys FOLDER, with the root keys"
            raise SigningError("the root has expired", self.metadata, hint)
        old = {role: self.current(role) for role in ONLINE}
        files = targets if targets is not None else old["targets"].signed.targets
        new: dict[str, Metadata] = {}
        data: dict[str, bytes] = {}

        def add(role: str, signed: Targets | Snapshot | Timestamp) -> None:
            new[role] = self.next(signed, old[role])
            self.sign_role(role, new[role], ring, roots)
            data[role] = new[role].to_bytes(JSONSerializer(validate=True))

        changed = old["targets"] is None or files != old["targets"].signed.targets
        if changed or self.is_due(old["targets"], ring, roots):
            add("targets", Targets(targets=files))
        if "targets" in new or self.is_due(old["snapshot"], ring, roots):
            meta = self.meta("targets", new.get("targets") or old["targets"], data)
            add("snapshot", Snapshot(meta={"targets.json": meta}))
        meta = self.meta("snapshot", new.get("snapshot") or old["snapshot"], data)
        add("timestamp", Timestamp(snapshot_meta=meta))
        self.copy_moving(files)
        for role, metadata in new.items():
            self.write(name_of_file(role, metadata.signed.version), data[role])
        return {role: (new.get(role) or old[role]).signed.version for role in ONLINE}

    def meta(self, role: str, metadata: Metadata, data: Mapping[str, bytes]) -> MetaFile:
        """The next role's entry for this one: version, length and sha256 of its file."""
        version = metadata.signed.version
        path = self.metadata / name_of_file(role, version)
        return MetaFile.from_data(version, data.get(role) or path.read_bytes(), ["sha256"])

    def next(self, signed, old: Metadata | None) -> Metadata:
        """`signed` as the version after `old`."""
        signed.version = old.signed.version + 1 if old else 1
        signed.expires = self.expires(signed.type)
        return Metadata(signed)

    def is_due(self, metadata: Metadata, ring: Ring, roots: list[Metadata[Root]]) -> bool:
        """Whether a role should be signed anew: half of its time is over, or a key is new.

        Not while its key is elsewhere and it holds: then another machine does it.
        """
        role = metadata.signed.type
        at_hand = {key.public_key.keyid for key in self.signers(role, ring, roots)}
        half = timedelta(days=self.lifetimes[role]) / 2
        if not verifies(roots[0].signed, role, metadata) or metadata.signed.is_expired(self.now):
            return True
        late = metadata.signed.expires - self.now < half
        return bool(at_hand) and (late or not at_hand <= set(metadata.signatures))

    def signers(self, role: str, ring: Ring, roots: Iterable[Metadata[Root]]) -> list[CryptoSigner]:
        """The keys at hand that sign a role, by the root of now or by the one to come."""
        ids = {keyid for root in roots for keyid in root.signed.roles[role].keyids}
        return ring.of(ids)

    def sign_role(self, role: str, metadata: Metadata, ring: Ring, roots: list) -> None:
        for signer in self.signers(role, ring, roots):
            metadata.sign(signer, append=True)
        if not verifies(roots[0].signed, role, metadata):
            raise missing_keys(roots[0].signed, role, metadata, ring)

    def copy_moving(self, files: Mapping[str, TargetFile]) -> None:
        """Have sha256/HEX of every file that moves, for readers of the state that is signed."""
        for path, target in files.items():
            name = target.hashes["sha256"]
            if is_moving(path) and not (self.tree / "sha256" / name).exists():
                data = (self.tree / path).read_bytes()
                if hashlib.sha256(data).hexdigest() != name:
                    raise gone(path)
                self.write(name, data, self.tree / "sha256")

    # The root.

    def rotate(self, ring: Ring, names: Iterable[str]) -> list[str]:
        """Replace the keys `names` by new ones, or only renew the root; returns what came of it.

        The root is published when enough root keys are at hand, else it waits as a draft.
        """
        with self.locked():
            self.sweep()
            root = self.root()
            draft = copy.deepcopy(root.signed)
            draft.version += 1
            draft.expires = self.expires("root")
            for name in names:
                self.replace(draft, name, ring)
            self.put(DRAFT, Metadata(draft))
            return self.advance(ring)

    def replace(self, root: Root, name: str, ring: Ring) -> None:
        """Put a new key in the place of the key `name` in `root`."""
        by_name = {keys.name_of(key): keyid for keyid, key in sorted(root.keys.items())}
        if name not in by_name:
            raise UsageError("no such key", name, f"one of: {', '.join(sorted(by_name))}")
        root.revoke_key(by_name[name], role_of(name))
        root.add_key(ring.make(name).public_key, role_of(name))

    def approve(self, ring: Ring) -> list[str]:
        """Add the signatures of the root keys at hand to the draft; returns what came of it."""
        with self.locked():
            self.sweep()
            if self.draft() is None:
                raise SigningError("no root waits for signatures", self.metadata)
            return self.advance(ring)

    def advance(self, ring: Ring) -> list[str]:
        """Sign the draft with the root keys at hand and publish it when that is enough.

        Before that, the online roles are signed with the old keys and with the new ones, so that
        readers believe them with either root. Where an old key is lost, after that.
        """
        root, draft = self.root(), self.draft()
        assert draft is not None
        for signer in self.signers("root", ring, [root, draft]):
            draft.sign(signer, append=True)
        self.put(DRAFT, draft)
        bridged = self.current("targets") is None or self.can_update(ring, root, draft)
        if bridged and self.current("targets") is not None:
            self.update(ring)
        result = draft.signed.get_root_verification_result(
            root.signed, draft.signed_bytes, draft.signatures
        )
        if not result:
            parts = (result.first, result.second)
            lacking = max(part.threshold - len(part.signed) for part in parts)
            by = ", ".join(sorted(keys.name_of(key) for key in result.unsigned.values()))
            return [f"root {draft.signed.version} waits for {lacking} more signature(s), of: {by}"]
        said = [f"root {draft.signed.version} is published"]
        self.put(f"{draft.signed.version}.root.json", draft)
        (self.metadata / DRAFT).unlink(missing_ok=True)
        if not bridged and self.can_update(ring, draft):
            self.update(ring)
        current = [self.current(role) for role in ONLINE]
        if not all(part and verifies(draft.signed, part.signed.type, part) for part in current):
            command = f"./muslfall trust sign {self.tree} --keys FOLDER"
            said.append(f"now: {command}, with the online keys")
        return said

    def can_update(self, ring: Ring, *roots: Metadata[Root]) -> bool:
        """Whether the first root holds, and the keys at hand sign as each of the roots wants."""
        roles = [root.signed.roles[role] for root in roots for role in ONLINE]
        holds = not roots[0].signed.is_expired(self.now)
        return holds and all(len(ring.of(role.keyids)) >= role.threshold for role in roles)

    def days_left(self) -> dict[str, tuple[int, float]]:
        """Per role its version and for how many days its signature still holds."""
        result = {}
        for role in ("root", *ONLINE):
            metadata = self.root() if role == "root" else self.current(role)
            if metadata is not None:
                left = (metadata.signed.expires - self.now).total_seconds() / 86400
                result[role] = (metadata.signed.version, left)
        return result


def name_of_file(role: str, version: int) -> str:
    """The name of a role's file: with consistent snapshots all but the timestamp have a version."""
    return "timestamp.json" if role == "timestamp" else f"{version}.{role}.json"


def role_of(name: str) -> str:
    """The role that a key of this name signs: root1, root2, … sign the root."""
    return "root" if re.fullmatch(r"root\d+", name) else name


def verifies(root: Root, role: str, metadata: Metadata) -> bool:
    """Whether enough of the role's keys have signed, by this root."""
    result = root.get_verification_result(role, metadata.signed_bytes, metadata.signatures)
    return bool(result)


def missing_keys(root: Root, role: str, metadata: Metadata, ring: Ring) -> SigningError:
    result = root.get_verification_result(role, metadata.signed_bytes, metadata.signatures)
    wanted = ", ".join(
        f"{keys.name_of(key)} ({keyid[:8]})" for keyid, key in sorted(result.unsigned.items())
    )
    where = ", ".join(str(folder) for folder in ring.folders)
    what = f"{role} needs {result.missing} more signature(s), of: {wanted}"
    return SigningError(what, where, "--keys FOLDER with that key; it can be given several times")


def sign(tree: Path, folder: Path, now: datetime | None = None) -> dict[str, int]:
    """Sign a published tree with the online keys in `folder`; returns the roles' versions.

    Raises SigningError: a key is missing, a numbered build has changed; KeyFileError.
    """
    return Repository(tree, now).sign(Ring([folder]))


def trusted_root(tree: Path, target: Path) -> None:
    """Copy the tree's newest root to `target`, for clients to start from."""
    repository = Repository(tree)
    shutil.copyfile(repository.metadata / f"{repository.root().signed.version}.root.json", target)
