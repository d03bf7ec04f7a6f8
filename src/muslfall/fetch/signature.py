"""The signature that a release's author made: OpenPGP, detached, checked by gpgv.

Signature and key are pinned, so a checkout says by itself whose release it takes. gpgv is on
every Debian; where it is not, a signature stays unchecked, and that is said.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.base.printable import last_line
from muslfall.pins.release import Release

#: gpgv's reasons for not checking at all: an algorithm that it does not have, or no longer
#: takes. Source: ERRSIG in GnuPG's doc/DETAILS, codes of libgpg-error.
UNSUPPORTED = ("4", "5")
#: Headers, an empty line, base64, perhaps a checksum.
ARMOUR = re.compile(
    r"^-----BEGIN PGP [^\n]*\n(?:[^\n]+\n)*\n(.*?)^(?:=|-----END)", re.MULTILINE | re.DOTALL
)


class SignatureError(MuslfallError):
    """A file is not what its author signed."""


def check(release: Release, file: Path, root: Path = ROOT) -> str:
    """Check the file of a release against its pinned signature.

    Returns what came of it, in words: good, or why it was not checked; empty: none is pinned, and
    no key either. Raises SignatureError: the signature is wrong, or another key's.
    """
    facts = release.facts
    if "signing-key" not in facts:
        return ""
    if "signature" not in facts:
        return "upstream's signature is not pinned, so not checked"
    gpgv = shutil.which("gpgv")
    if gpgv is None:
        return "upstream's signature was not checked: there is no gpgv"
    signature, key = (root / str(facts[name]) for name in ("signature", "signing-key"))
    return verify(gpgv, file, signature, key, str(facts["fingerprint"]))


def verify(gpgv: str, file: Path, signature: Path, key: Path, fingerprint: str) -> str:
    """Run gpgv. signature, key: armoured files; fingerprint: of the primary key, in hex.

    Returns and raises as `check`.
    """
    with tempfile.TemporaryDirectory(prefix="muslfall-") as folder:
        keyring = Path(folder, "key.gpg")
        keyring.write_bytes(dearmour(key))
        argv = [gpgv, "--status-fd", "1", "--homedir", folder, "--keyring", str(keyring)]
        done = subprocess.run(
            [*argv, str(signature), str(file)],
            capture_output=True,
            text=True,
            errors="replace",
            env={"PATH": os.defpath, "LC_ALL": "C", "HOME": folder},
        )
    status = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("[GNUPG:] ")]
    words = {line[0]: line[1:] for line in status if line}
    if done.returncode == 0 and words.get("VALIDSIG", [""])[-1] == fingerprint:
        return f"upstream's signature is good, by {fingerprint}"
    if words.get("ERRSIG", [""] * 6)[5] in UNSUPPORTED:
        return "upstream's signature was not checked: gpgv does not take its algorithm"
    if "VALIDSIG" in words and "REVKEYSIG" not in words:
        what = f"is signed by {words['VALIDSIG'][-1]}, not by {fingerprint}"
    elif "NO_PUBKEY" in words:
        what = f"is signed by key {words['NO_PUBKEY'][0]}, which is not the pinned one"
    elif "BADSIG" in words:
        what = "is not what upstream signed"
    else:
        said = last_line(done.stderr) or done.returncode
        what = f"the signature cannot be checked: {said}"
    raise SignatureError(what, file, f"compare {signature.name} with upstream's, and do not use it")


def dearmour(path: Path) -> bytes:
    """The bytes in an armoured file (RFC 9580, 6.2). Raises SignatureError: it is not one."""
    text = path.read_text(encoding="ascii", errors="replace")
    found = ARMOUR.search(text)
    try:
        data = base64.b64decode("".join(found[1].split()), validate=True) if found else b""
    except ValueError:
        data = b""
    if not data:
        raise SignatureError("is not an armoured OpenPGP file", path)
    return data
