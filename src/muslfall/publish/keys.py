"""The keys that sign a mirror: ed25519, one PEM file each, found again by what they are.

A key's file is PKCS #8 (RFC 5958), readable by its owner alone. MUSLFALL_KEY_PASSWORD, when it
is set, encrypts the keys that are made and opens those that are encrypted.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, SSlibKey

from muslfall.base.errors import MuslfallError

PASSWORD = "MUSLFALL_KEY_PASSWORD"
#: The field of a public key, in root.json, that has the name that people call it by.
NAME = "x-muslfall-name"


class KeyFileError(MuslfallError):
    """A key's file cannot be used."""


def password(environ: Mapping[str, str] = os.environ) -> bytes | None:
    text = environ.get(PASSWORD)
    return text.encode() if text else None


def create(folder: Path, name: str) -> CryptoSigner:
    """Make the key `name`, FOLDER/NAME.pem. Raises KeyFileError: there is one already."""
    private = Ed25519PrivateKey.generate()
    secret = password()
    text = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption(),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.pem"
    temporary = folder / f".{name}.{secrets.token_hex(4)}"
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: a key that is there is never written over.
        os.link(temporary, path)
    except FileExistsError:
        raise KeyFileError(
            "there is a key already", path, "another folder, or move that key away"
        ) from None
    finally:
        temporary.unlink(missing_ok=True)
    return signer(private, name)


def signer(private: Ed25519PrivateKey, name: str) -> CryptoSigner:
    """The key as TUF uses it; its public half carries its name."""
    public = SSlibKey.from_crypto(private.public_key())
    public.unrecognized_fields[NAME] = name
    return CryptoSigner(private, public)


def name_of(key: SSlibKey) -> str:
    """The name of a public key; the beginning of its id if it has no name."""
    return str(key.unrecognized_fields.get(NAME, key.keyid[:8]))


def load(path: Path) -> CryptoSigner:
    """Read a key. Raises KeyFileError: not a key, of another kind, or its password is wrong."""
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password())
    except TypeError:
        if password():
            # Encrypted or not, a folder's keys need not be all alike.
            return plain(path)
        raise KeyFileError("is encrypted", path, f"{PASSWORD}=… with its password") from None
    except ValueError as error:
        wrong = "password" in str(error).lower() or "decrypt" in str(error).lower()
        what = f"cannot be opened: {PASSWORD} is not its password" if wrong else "is not a PEM key"
        raise KeyFileError(what, path) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileError("is not an ed25519 key", path)
    return signer(private, path.stem)


def plain(path: Path) -> CryptoSigner:
    """Read a key that is not encrypted."""
    private = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileError("is not an ed25519 key", path)
    return signer(private, path.stem)


class Ring:
    """The private keys in some folders, by the id of their public half."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = [Path(folder) for folder in folders]
        self.signers: dict[str, CryptoSigner] = {}
        for folder in self.folders:
            if not folder.is_dir():
                raise KeyFileError("is no folder", folder)
            for path in sorted(folder.glob("*.pem")):
                key = load(path)
                self.signers[key.public_key.keyid] = key

    def of(self, keyids: Iterable[str]) -> list[CryptoSigner]:
        """The keys with one of these ids that are at hand, in the order of the ids."""
        return [self.signers[keyid] for keyid in sorted(keyids) if keyid in self.signers]

    def make(self, name: str) -> CryptoSigner:
        """Make the key `name` in the first folder; one of that name there is set aside."""
        folder = self.folders[0]
        old = folder / f"{name}.pem"
        if old.exists():
            # Its signature is still needed beside the new one's, so it is not thrown away.
            old.replace(folder / f"{name}.{load(old).public_key.keyid[:8]}.old.pem")
        made = create(folder, name)
        self.signers[made.public_key.keyid] = made
        return made
