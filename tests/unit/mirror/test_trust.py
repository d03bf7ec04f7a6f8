"""Trust: the attacks of The Update Framework's specification, and plainer ones, over real HTTP.

Each ends in one error that says what is wrong and where, with the last good state kept: when the
mirror is right again the reader gets what it should.
"""

import shutil
from datetime import datetime, timedelta, timezone

import pytest
from kit.mirror import serve
from kit.signed_mirror import ARCHIVE, LKGR, PLATFORM, World, add_build, snapshot
from securesystemslib.signer import CryptoSigner, Signature
from tuf.api.metadata import Metadata, MetaFile

from muslfall.fetch import http
from muslfall.fetch.store import Store
from muslfall.mirror import trust
from muslfall.publish.keys import Ring
from muslfall.publish.repository import Repository

LONG_AGO = datetime.now(timezone.utc) - timedelta(days=8)
ONE, TWO = b'{"build": 1}\n', b'{"build": 2}\n'


@pytest.fixture
def world(tmp_path, monkeypatch, capfd):
    """Build 1, signed and served; nobody has read it yet."""
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "store"))
    monkeypatch.delenv(trust.ROOT_VARIABLE, raising=False)
    session = http.make_session
    monkeypatch.setattr(http, "make_session", lambda: session(backoff=0))
    with serve() as mirror:
        yield World.make(tmp_path, mirror, capfd)


def second_build(world):
    """Publish build 2; returns what the mirror served before."""
    before = dict(world.mirror.files)
    add_build(world.tree, 2)
    world.sign()
    return before


# What goes well.


def test_a_signed_file_comes_and_comes_once(world):
    assert world.content() == ONE
    assert world.content(ARCHIVE) == bytes([1]) * 200_000
    asked = len(world.mirror.log)
    assert world.content(ARCHIVE) == bytes([1]) * 200_000
    assert all("wasm-binaries" not in path for path, _ in world.mirror.log[asked:])


def test_a_new_state_is_followed(world):
    assert world.content() == ONE
    second_build(world)
    assert world.content() == TWO


def test_a_reader_of_the_old_state_still_gets_its_files(world):
    client = trust.Client(world.mirror.url, root=world.root)
    assert LKGR in client.paths()
    second_build(world)
    assert client.target(LKGR).read_bytes() == ONE


def test_a_tree_whose_objects_were_pruned_still_serves(world):
    for name in [name for name in world.mirror.files if name.startswith("/sha256/")]:
        del world.mirror.files[name]
    assert world.content() == ONE


def test_a_broken_download_is_resumed(world):
    world.mirror.faults[f"/{ARCHIVE}"] = [("cut", 100_000)]
    assert world.content(ARCHIVE) == bytes([1]) * 200_000
    assert (f"/{ARCHIVE}", "bytes=100000-") in world.mirror.log


def test_an_empty_file(world):
    (world.tree / PLATFORM / "1" / "empty").touch()
    world.sign()
    assert world.content(f"{PLATFORM}/1/empty") == b""


# The attacks of the specification.


def test_arbitrary_installation(world):
    world.mirror.files[f"/{ARCHIVE}"] = bytes([66]) * 200_000
    assert "has sha256" in world.refused(ARCHIVE)
    world.publish()
    assert world.content(ARCHIVE) == bytes([1]) * 200_000


def test_an_invented_build(world):
    world.content()
    add_build(world.tree, 99)
    world.publish()
    assert world.content() == ONE
    assert "not among the files" in world.refused(f"{PLATFORM}/99/build.json")


@pytest.mark.parametrize(
    "path", ["metadata/timestamp.json", "metadata/2.root.json", "metadata/2.snapshot.json"]
)
def test_endless_metadata(world, path):
    world.content()
    second_build(world)
    world.mirror.files.setdefault(f"/{path}", b"")
    world.mirror.faults[f"/{path}"] = ["flood"]
    assert f"{path}: is longer than" in world.refused()
    world.publish()
    assert world.content() == TWO


def test_endless_data(world):
    world.mirror.faults[f"/{ARCHIVE}"] = ["flood"]
    assert "the server sends more than the 200000 bytes" in world.refused(ARCHIVE)
    world.publish()
    assert world.content(ARCHIVE) == bytes([1]) * 200_000


def test_fast_forward_is_recovered_from_by_a_new_key(world):
    timestamp = Metadata.from_file(str(world.tree / "metadata/timestamp.json"))
    timestamp.signed.version = 2**31
    timestamp.sign(world.signer("timestamp"))
    world.mirror.files["/metadata/timestamp.json"] = timestamp.to_bytes()
    assert world.content() == ONE
    second_build(world)
    assert "timestamp.json: goes back" in world.refused()
    world.repository.rotate(world.ring, ["timestamp"])
    world.publish()
    assert world.content() == TWO


def test_indefinite_freeze(world):
    world.sign(now=LONG_AGO)
    assert "timestamp.json: the signature has expired" in world.refused()
    world.sign()
    assert world.content() == ONE


@pytest.mark.parametrize("role", ["root", "targets", "snapshot"])
def test_every_signature_runs_out(world, role):
    world.content()
    repository = Repository(world.tree, LONG_AGO, {role: 3, "timestamp": 30})
    add_build(world.tree, 2)
    repository.sign(world.ring)
    if role == "root":
        repository.rotate(world.ring, [])
    world.publish()
    assert "has expired" in world.refused()
    world.repository.rotate(world.ring, [])
    world.sign()
    assert world.content() == TWO


def test_a_mirror_that_prevents_updates_is_an_error_and_another_one_serves(world, capfd):
    good = second_build(world)
    assert good
    for path in list(world.mirror.files):
        world.mirror.faults[path] = [404] * 9
    assert "timestamp.json: the server says 404" in world.refused()
    with serve() as other:
        other.files = snapshot(world.tree)
        client = trust.Client(other.url, root=world.root)
        assert client.target(LKGR).read_bytes() == TWO


def test_mix_and_match(world):
    before = second_build(world)
    for role in ("snapshot", "targets"):
        world.mirror.files[f"/metadata/2.{role}.json"] = before[f"/metadata/1.{role}.json"]
        assert f"2.{role}.json: is not the file that is signed" in world.refused()
        world.publish()
    assert world.content() == TWO


def test_mix_and_match_with_the_keys_of_timestamp_and_snapshot(world):
    """Whoever has these keys, but not targets', cannot go back to the targets of before."""
    world.content()
    second_build(world)
    assert world.content() == TWO
    metadata = {}
    for role, name in (("snapshot", "2.snapshot.json"), ("timestamp", "timestamp.json")):
        metadata[role] = Metadata.from_file(str(world.tree / "metadata" / name))
        metadata[role].signed.version += 1
    metadata["snapshot"].signed.meta["targets.json"] = MetaFile(1)
    metadata["timestamp"].signed.snapshot_meta = MetaFile(3)
    for role, item in metadata.items():
        item.sign(world.signer(role))
    world.mirror.files["/metadata/3.snapshot.json"] = metadata["snapshot"].to_bytes()
    world.mirror.files["/metadata/timestamp.json"] = metadata["timestamp"].to_bytes()
    assert "3.snapshot.json: goes back" in world.refused()


def test_rollback(world):
    before = second_build(world)
    assert world.content() == TWO
    world.mirror.files = before
    assert "timestamp.json: goes back" in world.refused()
    world.publish()
    assert world.content() == TWO


def test_slow_retrieval(world, monkeypatch):
    monkeypatch.setattr(trust, "PATIENCE", http.Patience(rate=100_000, window=0.3))
    for path, file in (("metadata/timestamp.json", LKGR), (ARCHIVE, ARCHIVE)):
        world.mirror.faults[f"/{path}"] = ["endless", "forever"]
        assert "too slow" in world.refused(file)
        world.publish()
    monkeypatch.undo()
    assert trust.Client(world.mirror.url, Store(world.store), world.root).target(ARCHIVE)


def test_fewer_keys_than_the_threshold(world):
    """Whoever has one root key of two cannot make a root."""
    world.content()
    root = Metadata.from_file(str(world.root))
    theirs = CryptoSigner.generate_ed25519()
    root.signed.version = 2
    for role in ("targets", "snapshot", "timestamp"):
        root.signed.roles[role].keyids = []
        root.signed.add_key(theirs.public_key, role)
    stolen = world.signer("root")
    root.sign(stolen)
    root.sign(theirs, append=True)
    # The same key twice is one key.
    again = root.signatures[stolen.public_key.keyid].signature
    root.signatures["0" * 64] = Signature("0" * 64, again)
    world.mirror.files["/metadata/2.root.json"] = root.to_bytes()
    assert "2.root.json: is not signed by the trusted keys" in world.refused()
    world.publish()
    assert world.content() == ONE


def test_wrong_software(world):
    second_build(world)
    other = ARCHIVE.replace("/1/", "/2/")
    files = world.mirror.files
    files[f"/{ARCHIVE}"], files[f"/{other}"] = files[f"/{other}"], files[f"/{ARCHIVE}"]
    assert "has sha256" in world.refused(ARCHIVE)
    assert "has sha256" in world.refused(other)


# The plainer ones.


def test_keys_of_another_mirror(world, tmp_path):
    stranger = tmp_path / "stranger"
    add_build(stranger, 1)
    Repository(stranger).create(tmp_path / "their keys", 3, 2)
    root = stranger / "metadata/1.root.json"
    assert "timestamp.json: is not signed by the trusted keys" in world.refused(root=root)
    Repository(stranger).sign(Ring([tmp_path / "their keys"]))
    world.content()
    world.mirror.files = snapshot(stranger)
    assert "timestamp.json: is not signed" in world.refused()
    world.publish()
    assert world.content() == ONE


def test_a_root_that_is_none(world, tmp_path, monkeypatch):
    (tmp_path / "x.json").write_text("<html>")
    assert "is not a root" in world.refused(root=tmp_path / "x.json")
    assert "is not a root" in world.refused(root=world.tree / "metadata/timestamp.json")
    assert "no trusted root" in world.refused(root=tmp_path / "nowhere.json")


def test_the_root_by_a_variable(world, monkeypatch):
    monkeypatch.setenv(trust.ROOT_VARIABLE, str(world.root))
    assert trust.Client(world.mirror.url).target(LKGR).read_bytes() == ONE


@pytest.mark.parametrize("path", ["metadata/timestamp.json", ARCHIVE])
def test_a_redirect_loop(world, path):
    world.mirror.faults[f"/{path}"] = [("to", f"/{path}")] * 50
    assert "redirect" in world.refused(ARCHIVE)
    assert len(world.mirror.log) < 50


@pytest.mark.parametrize("path", ["metadata/timestamp.json", "metadata/1.targets.json", ARCHIVE])
def test_a_truncated_body(world, path):
    world.mirror.faults[f"/{path}"] = [("cut", 100), ("cut", 0), "forever"]
    assert f"/{path}: " in (said := world.refused(ARCHIVE))
    assert "ended early" in said or "broke" in said
    world.publish()
    assert world.content(ARCHIVE) == bytes([1]) * 200_000


@pytest.mark.parametrize("data", [b"", bytes(100), bytes(300_000)])
def test_a_wrong_length(world, data):
    world.mirror.files[f"/{ARCHIVE}"] = data
    assert f"{len(data)} " in (said := world.refused(ARCHIVE)) and "200000 " in said


@pytest.mark.parametrize("path", ["metadata/timestamp.json", "metadata/2.root.json", ARCHIVE])
@pytest.mark.parametrize("status", [500, 503])
def test_a_server_in_trouble(world, path, status):
    world.mirror.files.setdefault(f"/{path}", b"")
    world.mirror.faults[f"/{path}"] = [status] * 50
    assert f"/{path}: " in (said := world.refused(ARCHIVE)) and str(status) in said
    world.publish()
    assert world.content(ARCHIVE) == bytes([1]) * 200_000


@pytest.mark.parametrize("path", ["metadata/timestamp.json", "metadata/2.root.json", ARCHIVE])
def test_the_web_page_of_a_proxy(world, path):
    world.mirror.files.setdefault(f"/{path}", b"")
    world.mirror.faults[f"/{path}"] = ["page", "forever"]
    assert "page" in world.refused(ARCHIVE)
    world.publish()
    assert world.content(ARCHIVE) == bytes([1]) * 200_000


def test_no_server(world):
    world.content()
    world.mirror.url = "http://127.0.0.1:1"
    assert "2.root.json: connection refused" in world.refused()


def test_a_file_above_its_limit_is_not_asked_for(world):
    client = trust.Client(world.mirror.url, root=world.root)
    with pytest.raises(trust.TrustError, match="more than the 100"):
        client.target(ARCHIVE, limit=100)
    assert all("wasm-binaries" not in path for path, _ in world.mirror.log)


def test_a_damaged_store_heals(world):
    code, out, _ = world.get()
    assert code == 0
    shutil.copymode(world.root, out)
    with open(out, "r+b") as file:
        file.write(b"X")
    assert world.content() == ONE
    kept = [path for path in (world.store / "trust").rglob("*.json") if not path.is_symlink()]
    assert len(kept) >= 4  # root, targets, snapshot, timestamp
    for path in kept:
        path.write_bytes(b"damaged")
    assert world.content() == ONE


def test_two_readers_at_once(world):
    from concurrent.futures import ThreadPoolExecutor

    def read(_):
        return trust.Client(world.mirror.url, root=world.root).target(ARCHIVE).read_bytes()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(read, range(8))) == {bytes([1]) * 200_000}
