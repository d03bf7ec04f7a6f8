"""Mirrors end to end: real toolchains in the layouts of mirrors, by nginx, behind a proxy."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from kit import nginx

from muslfall import ROOT
from muslfall.base.files import digest
from muslfall.diff import twice
from muslfall.fetch.store import Store
from muslfall.pins import lkgr as pins_lkgr
from muslfall.pins import mirrored, variant
from muslfall.pins import release as pins_release
from muslfall.waterfall import record, step

#: Whole builds, or many.
pytestmark = pytest.mark.timeout(3600)

#: A tool of the 2016 layout: a script that runs the pinned zig, which stands beside it.
SCRIPT = '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/../libexec/zig" {tool} "$@"\n'
MUSL = pins_lkgr.load_lkgr(ROOT).releases["musl"].version
TOOLS = {"clang": "clang", "wasm-ld": "wasm-ld", "llvm-ar": "ar"}


class Checkout:
    """A clone of the checkout in which the LKGR is built, with a store of its own."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder = folder
        self.store = Store(store)
        quiet = ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "muslfall_mirror")
        inherited = {k: v for k, v in os.environ.items() if k.lower() not in quiet}
        self.environ = inherited | {"PYTHONPATH": "src", "MUSLFALL_STORE": str(store)}

    def run(self, *words: str | Path, status: int = 0, **environ: str) -> str:
        """What a command says; it must end with `status`."""
        done = subprocess.run(
            [sys.executable, "-m", "muslfall", *words],
            cwd=self.folder,
            text=True,
            timeout=900,
            env=self.environ | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == status, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def twin(tmp_path_factory, lkgr) -> Path:
    """The folder of the clone."""
    folder = tmp_path_factory.mktemp("mirror") / "checkout"
    twice.twin(ROOT, folder, variant.choose(ROOT, {}).out)
    return folder


@pytest.fixture
def checkout(twin, tmp_path, monkeypatch) -> Checkout:
    """The clone, with an empty store."""
    made = Checkout(twin, tmp_path / "store")
    monkeypatch.setenv("MUSLFALL_STORE", str(made.store.root))
    return made


@pytest.fixture(scope="module")
def user_store(lkgr) -> Store:
    """The store that the LKGR's build came from."""
    return Store()


def archive(path: Path, tree: Path, top: str, **options) -> None:
    """The pinned LLVM as others archive one: below the folder `top`, compressed by the options."""
    path.parent.mkdir(parents=True)
    with tarfile.open(path, **options) as tar:
        for name, tool in TOOLS.items():
            text = SCRIPT.format(tool=tool).encode()
            info = tarfile.TarInfo(f"{top}/bin/{name}")
            info.size, info.mode = len(text), 0o755
            tar.addfile(info, io.BytesIO(text))
        tar.add(tree / "ziglang/zig", f"{top}/libexec/zig")
        for place in ("lib/clang/22", "libexec/lib"):
            tar.add(tree / "ziglang/lib/include", f"{top}/{place}/include")


def test_a_toolchain_of_2016s_layout_builds_the_same_libc(lkgr, tmp_path, user_store, checkout):
    """By a proxy, from a server without ranges; it has no compiler-rt, so the LKGR's is used."""
    llvm = pins_lkgr.load_lkgr(ROOT).releases["llvm"]
    site = tmp_path / "site"
    tree = user_store.tree_path(llvm, llvm.file())
    path = site / "linux/4321/wasm-binaries-4321.tbz2"
    archive(path, tree, "wasm-install", mode="w:bz2", compresslevel=1)
    old = {"build": "4321", "scheduler": "llvm", "repositories": {}}
    (site / "linux/lkgr.json").write_text(json.dumps(old))
    with (
        nginx.files(tmp_path / "server", site, "max_ranges 0;") as server,
        nginx.proxy(tmp_path / "proxy") as proxy,
    ):
        words = ("fetch", "--mirror", server.url, "lkgr", "--layout", "waterfall")
        assert "has no signatures" in checkout.run(*words, status=2)
        said = checkout.run(*words, "--unsigned", http_proxy=proxy.url)
        assert proxy.requests()[-1] == "200 /linux/4321/wasm-binaries-4321.tbz2 -"
    found = mirrored.find(checkout.folder, "mirror:lkgr")
    assert f"LLVM {llvm.version}" in said and found.llvm == llvm.version
    assert "compiler-rt from the LKGR's zig" in said and not found.builtins
    checkout.run("build", "llvm=mirror:4321")
    made = checkout.folder / "out" / f"llvm-{found.version}_musl-{MUSL}_O2"
    report = json.loads((made / "report.json").read_text())
    assert (made / "musl.wasm").read_bytes() == (lkgr / "musl.wasm").read_bytes()
    assert report["components"]["llvm"]["version"] == found.version
    assert report["components"]["llvm"]["sha256"] == found.sha256
    programs = report["programs"].values()
    verdicts = [host["verdict"] for program in programs for host in program["hosts"].values()]
    assert len(verdicts) >= 12 and set(verdicts) == {"pass"}


def test_a_toolchain_of_emscriptens_layout_builds_the_same_libc(
    lkgr, tmp_path, user_store, checkout
):
    """A version is a hash, by the tags file; of what is there, LLVM is used."""
    llvm = pins_lkgr.load_lkgr(ROOT).releases["llvm"]
    site, commit = tmp_path / "site", "0123456789abcdef0123456789abcdef01234567"
    tree = user_store.tree_path(llvm, llvm.file())
    archive(site / f"linux/{commit}/wasm-binaries.tar.xz", tree, "install", mode="w:xz", preset=0)
    tags = {"aliases": {"latest": "4.0.7"}, "releases": {"4.0.7": commit}}
    (site / "emscripten-releases-tags.json").write_text(json.dumps(tags))
    with nginx.files(tmp_path / "server", site) as server:
        words = ("fetch", "--mirror", server.url, "latest", "--layout", "emscripten")
        assert "has no signatures" in checkout.run(*words, status=2)
        said = checkout.run(*words, "--unsigned")
        assert server.requests()[-1].startswith(f"200 /linux/{commit}/wasm-binaries.tar.xz")
    found = mirrored.find(checkout.folder, "mirror:4.0.7")
    assert f"LLVM {llvm.version}" in said and found.llvm == llvm.version
    checkout.run("build", "llvm=mirror:4.0.7")
    made = checkout.folder / "out" / f"llvm-{found.version}_musl-{MUSL}_O2"
    assert (made / "musl.wasm").read_bytes() == (lkgr / "musl.wasm").read_bytes()


def lkgr_record(root: Path, folder: Path, number: int) -> record.Record:
    """A record of the LKGR as it is built in `root`, written to a folder of records."""
    chosen = variant.choose(root, {})
    platform = pins_release.current_platform()
    parts = {
        name: record.Component(release.version, release.requirement, file.name, file.sha256)
        for name, release in chosen.build.releases.items()
        for file in [release.file(platform)]
    }
    names = (*pins_release.COMPONENTS, record.SELF)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        found = step.artifacts(Path(chosen.out))
    artifacts = {name: record.Artifact(**one) for name, one in found.items()}
    made = record.Record(
        build=number,
        scheduler="llvm",
        platform=platform,
        variant=chosen.name,
        repositories={name: record.Repository() for name in names},
        components=parts,
        steps=(record.Step("build", "pass"),),
        artifacts=artifacts,
    )
    path = folder / str(number) / record.NAME
    path.parent.mkdir(parents=True)
    path.write_text(record.dump(made), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def published(twin, tmp_path_factory, user_store) -> tuple[Path, record.Record]:
    """The LKGR, published and signed: the tree, and its record."""
    folder = tmp_path_factory.mktemp("published")
    number, _ = pins_lkgr.read_lkgr(ROOT)
    made = lkgr_record(twin, folder / "records", number)
    publisher = Checkout(twin, user_store.root)
    tree = folder / "tree"
    tree.mkdir()
    keys = ("--keys", folder / "keys")
    publisher.run("trust", "init", tree, *keys, "--root-keys", "1", "--threshold", "1")
    records = ("--records", folder / "records")
    publisher.run("mirror", "publish", tree, str(number), *keys, *records)
    return tree, made


def test_a_build_is_published_signed_fetched_and_checked(published, tmp_path, checkout):
    """From nothing: every pinned file, and the build's own toolchain, from the mirror alone."""
    tree, made = published
    root = ("--root", str(tree / "metadata/1.root.json"))
    # A home without registries: what comes, comes from the mirror.
    nothing = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    with nginx.files(tmp_path / "server", tree) as server:
        said = checkout.run("fetch", "--mirror", server.url, **nothing)
        assert said.count("out/pinned/") == len(pins_release.COMPONENTS)
        asked = server.requests()
        wanted = {f"200 /sha256/{part.sha256} -" for part in made.components.values()}
        assert wanted == set(asked)
        checkout.run("fetch", "--mirror", server.url, "lkgr", *root)
        assert any(line.startswith("200 /metadata/timestamp.json") for line in server.requests())
        assert checkout.run("mirror", "verify", server.url).endswith(
            "1 build, all as it should be\n"
        )
        found = mirrored.find(ROOT, "mirror:lkgr")
        assert found.builtins == "sysroot/lib/libcompiler_rt.a"
        store = Store()
        release = found.archive_release()
        inner = store.tree_path(release, release.files[0])
        assert (inner / "build.json").read_text() == record.dump(made)
        assert digest(inner / "musl.wasm") == made.artifacts["musl.wasm"].sha256
        clang = subprocess.run([inner / "bin/clang", "--version"], capture_output=True, text=True)
        assert found.llvm in clang.stdout
        page = tree / pins_release.current_platform() / "lkgr.json"
        good = page.read_bytes()
        try:
            page.write_bytes(good.replace(b'"scheduler": "llvm"', b'"scheduler": "musl"'))
            said = checkout.run("mirror", "verify", str(tree), status=1)
            assert "lkgr.json: is not the record of build" in said
            assert "lkgr.json: is not what is signed" in said
        finally:
            page.write_bytes(good)
    assert checkout.run("mirror", "verify", str(tree)).endswith("1 build, all as it should be\n")


@pytest.mark.parametrize(("more", "status"), [("", "206"), ("max_ranges 0;", "200")])
def test_an_interrupted_fetch_goes_on(tmp_path, checkout, more, status, user_store):
    """The beginning of a file is there: with ranges only the rest comes, without them all."""
    musl = pins_lkgr.load_lkgr(ROOT).releases["musl"]
    file = musl.file()
    site = tmp_path / "site/sha256"
    site.mkdir(parents=True)
    data = user_store.object_path(file).read_bytes()
    (site / file.sha256).write_bytes(data)
    partial = tmp_path / "store/partial" / file.sha256
    partial.parent.mkdir(parents=True)
    partial.write_bytes(data[:1000])
    with (
        nginx.files(tmp_path / "server", site.parent, more) as server,
        nginx.proxy(tmp_path / "proxy") as proxy,
    ):
        fetch_musl(checkout, MUSLFALL_MIRROR=server.url, http_proxy=proxy.url)
        assert proxy.requests() == [f"{status} /sha256/{file.sha256} bytes=1000-"]
    assert (tmp_path / "store/sha256" / file.sha256).read_bytes() == data


def fetch_musl(checkout, **environ) -> None:
    """Fetch musl alone, by a process of its own."""
    code = (
        "from muslfall import ROOT\n"
        "from muslfall.fetch import fetcher\n"
        "from muslfall.pins.lkgr import load_lkgr\n"
        "fetcher.ensure([load_lkgr(ROOT).releases['musl']])\n"
    )
    argv = [sys.executable, "-c", code]
    environ = checkout.environ | environ
    subprocess.run(argv, cwd=checkout.folder, env=environ, check=True, timeout=300)


WRONG = {
    "a proxy's page": (
        "",
        "return 200 '<!DOCTYPE html>'; default_type text/html;",
        "lkgr.json: is not JSON; it starts with '<!DOCTYPE html>'",
    ),
    "a proxy's error": ("", "return 502;", "lkgr.json: the server says 502 Bad Gateway"),
    "a loop": (
        "location = /linux/lkgr.json { return 302 /linux/lkgr.json; }",
        "",
        "redirects more than 8 times",
    ),
    "a lost file": ("location /linux/7/ { return 404; }", "", "build 7: is not on the mirror"),
    "a sick server": ("location /linux/7/ { return 500; }", "", "the server says 500"),
    "a page": (
        "location /linux/7/ { return 200 '<html>'; default_type text/html; }",
        "",
        "is a page (text/html) and not an archive",
    ),
}


@pytest.mark.parametrize(("server_more", "proxy_more", "message"), WRONG.values(), ids=WRONG)
def test_what_goes_wrong_is_one_error(tmp_path, checkout, server_more, proxy_more, message):
    site = tmp_path / "site"
    (site / "linux").mkdir(parents=True)
    (site / "linux/lkgr.json").write_text('{"build": 7}')
    with (
        nginx.files(tmp_path / "server", site, server_more) as server,
        nginx.proxy(tmp_path / "proxy", proxy_more) as proxy,
    ):
        words = ("fetch", "--mirror", server.url, "lkgr", "--layout", "waterfall", "--unsigned")
        said = checkout.run(*words, status=1, http_proxy=proxy.url)
    assert message in said and said.count("muslfall: error: ") == 1
    assert "Traceback" not in said
    assert not list((tmp_path / "store").rglob("*.json"))
