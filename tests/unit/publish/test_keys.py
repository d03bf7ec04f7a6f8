"""Keys: how they are kept, that none is ever written over, and what cannot be opened."""

import stat

import pytest

from muslfall.publish import keys
from muslfall.publish.keys import KeyFileError, Ring


@pytest.fixture(autouse=True)
def no_password(monkeypatch):
    monkeypatch.delenv(keys.PASSWORD, raising=False)


def test_a_key_is_its_owners_alone(tmp_path):
    made = keys.create(tmp_path, "timestamp")
    path = tmp_path / "timestamp.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert keys.load(path).public_key.keyid == made.public_key.keyid
    assert keys.name_of(made.public_key) == "timestamp"
    assert [path.name for path in tmp_path.iterdir()] == ["timestamp.pem"]


def test_a_key_is_never_written_over(tmp_path):
    keys.create(tmp_path, "root1")
    before = (tmp_path / "root1.pem").read_bytes()
    with pytest.raises(KeyFileError, match="there is a key already"):
        keys.create(tmp_path, "root1")
    assert (tmp_path / "root1.pem").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_a_password(tmp_path, monkeypatch):
    monkeypatch.setenv(keys.PASSWORD, "correct horse")
    made = keys.create(tmp_path, "root1")
    path = tmp_path / "root1.pem"
    assert "ENCRYPTED" in path.read_text()
    assert keys.load(path).public_key.keyid == made.public_key.keyid
    monkeypatch.setenv(keys.PASSWORD, "wrong")
    with pytest.raises(KeyFileError, match="is not its password"):
        keys.load(path)
    monkeypatch.delenv(keys.PASSWORD)
    with pytest.raises(KeyFileError, match="is encrypted"):
        keys.load(path)


def test_keys_with_and_without_a_password_in_one_folder(tmp_path, monkeypatch):
    plain = keys.create(tmp_path, "timestamp")
    monkeypatch.setenv(keys.PASSWORD, "correct horse")
    keys.create(tmp_path, "targets")
    assert len(Ring([tmp_path]).signers) == 2
    assert keys.load(tmp_path / "timestamp.pem").public_key.keyid == plain.public_key.keyid


def test_what_is_no_key(tmp_path):
    (tmp_path / "a.pem").write_text("hello")
    with pytest.raises(KeyFileError, match=r"a\.pem: is not a PEM key"):
        Ring([tmp_path])
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    form = (s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    (tmp_path / "a.pem").write_bytes(generate_private_key(SECP256R1()).private_bytes(*form))
    with pytest.raises(KeyFileError, match="not an ed25519 key"):
        Ring([tmp_path])
    with pytest.raises(KeyFileError, match="is no folder"):
        Ring([tmp_path / "nowhere"])


def test_an_old_key_is_set_aside(tmp_path):
    old = keys.create(tmp_path, "timestamp")
    ring = Ring([tmp_path])
    new = ring.make("timestamp")
    again = Ring([tmp_path])
    ids = [old.public_key.keyid, new.public_key.keyid]
    assert {key.public_key.keyid for key in again.of(ids)} == set(ids)
    assert keys.load(tmp_path / "timestamp.pem").public_key.keyid == new.public_key.keyid
