"""fetch --mirror of a signed tree: the attacks on what it brings, with the last good build kept."""

from datetime import datetime, timedelta, timezone

import pytest
from kit.mirror import serve
from kit.published_tree import Checkout, snapshot

from muslfall.cli import main
from muslfall.fetch import http
from muslfall.fetch.store import Store
from muslfall.pins import mirrored
from muslfall.publish.keys import Ring
from muslfall.publish.repository import Repository

LINUX = "/linux-x86_64"
LONG_AGO = datetime.now(timezone.utc) - timedelta(days=8)


class Operator:
    """Publishes builds, signs them, serves them; and the reader's command."""

    def __init__(self, folder, monkeypatch, server, capsys):
        self.checkout = Checkout(folder / "checkout", monkeypatch)
        self.tree, self.keys = folder / "mirror", folder / "keys"
        self.server = server
        self.capsys = capsys
        self.tree.mkdir()
        Repository(self.tree).create(self.keys, 1, 1)
        self.root = folder / "root.json"
        self.root.write_bytes((self.tree / "metadata/1.root.json").read_bytes())

    def publish(self, number, now=None):
        self.checkout.publish(self.tree, self.checkout.record(number), lkgr=number)
        Repository(self.tree, now).sign(Ring([self.keys]))
        return self.serve()

    def serve(self):
        self.server.files = {f"/{p}": (self.tree / p).read_bytes() for p in snapshot(self.tree)}
        return dict(self.server.files)

    def fetch(self, ref="lkgr"):
        """Exit code, stdout, stderr."""
        words = ["fetch", "--mirror", self.server.url, ref, "--root", str(self.root)]
        return (main(words), *self.capsys.readouterr())

    def refused(self, ref="lkgr"):
        """The one error; the builds that were there before stay as they were."""
        before = sorted(path.name for path in mirrored.folder().glob("*"))
        trees = sorted(path.name for path in Store().root.glob("tree/*"))
        code, out, err = self.fetch(ref)
        assert (code, out) == (1, "")
        lines = [line for line in err.splitlines() if line.startswith("muslfall: error: ")]
        assert len(lines) == 1, err
        assert sorted(path.name for path in mirrored.folder().glob("*")) == before
        assert sorted(path.name for path in Store().root.glob("tree/*")) == trees
        assert not list(Store().root.glob("tmp/*"))
        return lines[0]


@pytest.fixture
def operator(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("muslfall.pins.release.current_platform", lambda: "linux-x86_64")
    session = http.make_session
    monkeypatch.setattr(http, "make_session", lambda backoff=0: session(backoff=0))
    with serve() as server:
        made = Operator(tmp_path, monkeypatch, server, capsys)
        made.publish(1)
        code, out, err = made.fetch()
        assert code == 0, err
        yield made


def test_the_next_build_comes(operator):
    operator.publish(2)
    code, out, _ = operator.fetch()
    assert code == 0 and f"{LINUX}/2/" in out


def test_an_old_state_is_a_rollback(operator):
    old = dict(operator.server.files)
    operator.publish(2)
    assert operator.fetch()[0] == 0
    operator.server.files = old
    assert "goes back behind" in operator.refused()
    operator.serve()
    assert operator.fetch()[0] == 0


def test_an_old_lkgr_in_the_new_state_is_a_mix(operator):
    old = dict(operator.server.files)
    new = operator.publish(2)
    for path in (f"{LINUX}/lkgr.json", f"{LINUX}/builds.json", f"{LINUX}/latest.json"):
        operator.server.files[path] = old[path]
    # What is signed is also there by its digest, so a reader is not even held up.
    code, out, _ = operator.fetch()
    assert code == 0 and f"{LINUX}/2/" in out
    for path in set(new) - set(old):
        if path.startswith("/sha256/"):
            del operator.server.files[path]
    (Store().root / "sha256").rename(Store().root / "aside")
    assert "cannot be had as it is signed" in operator.refused()


def test_a_state_that_nobody_renews_is_a_freeze(operator):
    operator.publish(2, LONG_AGO)
    assert "has expired" in operator.refused()
    operator.publish(3)
    assert operator.fetch()[0] == 0


@pytest.mark.parametrize("fault", ["page", "flood", ("cut", 0), 500])
def test_an_archive_that_is_not_the_one(operator, fault):
    operator.publish(2)
    operator.server.faults[f"{LINUX}/2/wasm-binaries.tar.xz"] = [fault, "forever"]
    assert f"{LINUX}/2/wasm-binaries.tar.xz: " in operator.refused()
    operator.server.faults.clear()
    assert operator.fetch()[0] == 0


def test_an_archive_with_one_other_bit(operator):
    files = operator.publish(2)
    path = f"{LINUX}/2/wasm-binaries.tar.xz"
    data = bytearray(files[path])
    data[len(data) // 2] ^= 1
    operator.server.files[path] = bytes(data)
    assert "sha256" in operator.refused()
    operator.serve()
    assert operator.fetch()[0] == 0
