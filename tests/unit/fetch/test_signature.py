"""Upstream's signatures of musl: the real ones, by the real gpgv, and what must not pass."""

import dataclasses
import shutil

import pytest

from muslfall import ROOT
from muslfall.fetch import fetcher, signature
from muslfall.fetch.signature import SignatureError
from muslfall.fetch.store import Store
from muslfall.pins import lkgr
from muslfall.pins import series as pins

SERIES = pins.load_series(ROOT, "musl")
FINGERPRINT = "836489290BB6B70F99FFDA0556BCDB593020450F"
SIGNED = [release for release in SERIES.releases if "signature" in release.facts]


@pytest.fixture(scope="module", autouse=True)
def gpgv():
    assert shutil.which("gpgv"), "these tests need gpgv (Debian: gpgv)"


@pytest.fixture(scope="module")
def tarball():
    """Finds the real tarball of a release."""

    def find(release):
        fetcher.ensure([release])
        store = Store()
        if not store.has_object(release.file()):
            fetcher.ensure_all([release], store=store, verify=True)
        return store.object_path(release.file())

    return find


def with_facts(**facts):
    release = SERIES.release("1.2.5")
    facts = {name.replace("_", "-"): value for name, value in facts.items()}
    return dataclasses.replace(release, facts={**release.facts, **facts})


@pytest.mark.parametrize("release", SIGNED, ids=lambda release: release.name)
def test_the_real_signature_of_the_real_tarball(release, tarball):
    said = signature.check(release, tarball(release))
    assert said == f"upstream's signature is good, by {FINGERPRINT}"


def test_every_release_is_signed_or_says_that_it_is_not():
    assert [release.version for release in SIGNED] == ["1.2.3", "1.2.5"]
    assert "not pinned" in signature.check(SERIES.release("1.2.6"), ROOT)


def test_a_tarball_with_one_other_bit(tarball, tmp_path):
    release = SERIES.release("1.2.5")
    data = bytearray(tarball(release).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "musl.tar.gz").write_bytes(data)
    with pytest.raises(SignatureError, match=r"musl\.tar\.gz: is not what upstream signed"):
        signature.check(release, tmp_path / "musl.tar.gz")


def test_the_signature_of_another_release(tarball):
    other = with_facts(signature="musl/musl-1.2.3.tar.gz.asc")
    with pytest.raises(SignatureError, match="is not what upstream signed"):
        signature.check(other, tarball(other))


def test_another_key(tarball, tmp_path):
    """One bit of the modulus is another: another fingerprint, hence another key."""
    key = bytearray(signature.dearmour(ROOT / "musl/signing-key.asc"))
    key[100] ^= 1
    import base64

    text = base64.encodebytes(bytes(key)).decode()
    armour = ("-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----")
    (tmp_path / "key.asc").write_text(f"{armour[0]}\n\n{text}{armour[1]}\n")
    other = with_facts(signing_key=str(tmp_path / "key.asc"))
    with pytest.raises(SignatureError, match="56BCDB593020450F, which is not the pinned one"):
        signature.check(other, tarball(other))


def test_a_key_of_another_fingerprint_than_the_pinned_one(tarball):
    other = with_facts(fingerprint="0" * 40)
    with pytest.raises(SignatureError, match=f"signed by {FINGERPRINT}, not by 0000"):
        signature.check(other, tarball(other))


def test_without_gpgv_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    said = signature.check(SERIES.release("1.2.5"), tmp_path / "nothing")
    assert said == "upstream's signature was not checked: there is no gpgv"


def test_a_component_without_a_key_has_nothing_to_check(tmp_path):
    assert signature.check(lkgr.load_lkgr(ROOT).releases["wabt"], tmp_path) == ""


def test_an_algorithm_that_gpgv_gave_up_is_no_wrong_signature(tmp_path):
    gpgv = tmp_path / "gpgv"
    gpgv.write_text(
        "#!/bin/sh\necho '[GNUPG:] ERRSIG 56BCDB593020450F 1 2 00 1709258930 5'\nexit 2\n"
    )
    gpgv.chmod(0o755)
    key, signed = ROOT / "musl/signing-key.asc", ROOT / "musl/musl-1.2.5.tar.gz.asc"
    said = signature.verify(str(gpgv), tmp_path, signed, key, FINGERPRINT)
    assert "not checked: gpgv does not take its algorithm" in said


def test_what_is_no_key(tmp_path):
    (tmp_path / "key.asc").write_text("hello")
    with pytest.raises(SignatureError, match="not an armoured OpenPGP file"):
        signature.dearmour(tmp_path / "key.asc")


def test_a_wrong_signature_stops_the_fetch(tarball, tmp_path):
    """The sha256 is as pinned, so the file is in the store; but nothing is unpacked."""
    release = with_facts(signature="musl/musl-1.2.3.tar.gz.asc")
    store = Store(tmp_path / "store")
    (store.root / "sha256").mkdir(parents=True)
    shutil.copyfile(tarball(release), store.object_path(release.file()))
    with pytest.raises(SignatureError, match="is not what upstream signed"):
        fetcher.ensure([release], store=store, offline=True)
    assert store.tree(release, release.file()) is None
    fetcher.ensure([SERIES.release("1.2.5")], store=store, offline=True)
