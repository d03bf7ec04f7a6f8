"""What SConstruct asks of the checkout."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.build import graph
from muslfall.build.imports import module_files
from muslfall.fetch import fetcher
from muslfall.libc import headers
from muslfall.pins import lkgr as pins_lkgr
from muslfall.pins import release, variant
from muslfall.pins import series as pins

#: A gap in a template of bin/.
NAME = re.compile("@([A-Z][A-Z_]+)@")


def make(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_which_header_is_installed(tmp_path):
    make(
        tmp_path,
        "musl/include/stdio.h",
        "musl/include/sys/stat.h",
        "musl/include/alltypes.h.in",
        "musl/arch/generic/bits/errno.h",
        "musl/arch/generic/bits/fenv.h",
        "musl/arch/arm/bits/errno.h",
        "musl/src/include/stdio.h",
        "port/bits/fenv.h",
        "port/bits/alltypes.h",
        "port/bits/alltypes.h.in",
        "port/atomic_arch.h",
        "musl/include/ctype.h",
        "port/include/ctype.h",
        "port/include/layout.c",
    )
    found = headers.sysroot_headers(tmp_path / "musl", tmp_path / "port", Path("made"))
    assert {
        name: path.relative_to(tmp_path).as_posix() if path.is_absolute() else path.as_posix()
        for name, path in found.items()
    } == {
        "ctype.h": "port/include/ctype.h",
        "musl/ctype.h": "musl/include/ctype.h",
        "stdio.h": "musl/include/stdio.h",
        "sys/stat.h": "musl/include/sys/stat.h",
        "bits/errno.h": "musl/arch/generic/bits/errno.h",
        "bits/fenv.h": "port/bits/fenv.h",
        "bits/alltypes.h": "made/bits/alltypes.h",
        "bits/syscall.h": "made/bits/syscall.h",
    }
    assert list(found) == sorted(found)


def test_the_sysroot_of_a_pinned_musl_is_what_its_makefile_installs(tmp_path):
    musl = fetcher.ensure([pins_lkgr.load_lkgr(ROOT).releases["musl"]])["musl"]
    (tmp_path / "arch").mkdir()
    for name in ("Makefile", "include", "src", "ldso", "crt", "tools", "compat"):
        if (musl / name).exists():
            (tmp_path / name).symlink_to(musl / name)
    (tmp_path / "arch/generic").symlink_to(musl / "arch/generic")
    (tmp_path / "arch/wasm32").symlink_to(ROOT / "arch/wasm32")
    (tmp_path / "config.mak").write_text("ARCH = wasm32\nsrcdir = .\nincludedir = /include\n")
    done = subprocess.run(
        ["make", "-n", "install-headers"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    if done.returncode:
        pytest.skip("no make")
    words = [line.split()[-1] for line in done.stdout.splitlines() if "install.sh" in line]
    theirs = sorted(word.removeprefix("/include/") for word in words)
    found = headers.sysroot_headers(musl, ROOT / "arch/wasm32", Path("made"))
    inline = {f"musl/{path.name}" for path in (ROOT / "arch/wasm32/include").glob("*.h")}
    assert inline and sorted(found.keys() - inline) == theirs


def test_help_names_every_variable_and_every_release():
    text = graph.help_text(ROOT)
    for name in variant.VARIABLES:
        assert f"  {name}={variant.defaults(ROOT)[name]}" in text
    for component in release.COMPONENTS:
        assert ", ".join(pins.load_series(ROOT, component).versions()) in text


def test_the_object_list_is_written_once(tmp_path):
    path = tmp_path / "obj/objects.list"
    graph.write_object_list(path, {"src/a.c": "obj/src/a.o", "src/b.c": "obj/src/b.o"})
    assert path.read_text() == "src/a.c obj/src/a.o\nsrc/b.c obj/src/b.o\n"
    os.utime(path, (1, 1))
    graph.write_object_list(path, {"src/a.c": "obj/src/a.o", "src/b.c": "obj/src/b.o"})
    assert path.stat().st_mtime == 1


def test_a_header_that_is_new_in_the_port_is_a_reason_to_compile(tmp_path):
    """It may stand in front of one of musl's, which is all that the compiler's list has."""
    (tmp_path / "bits").mkdir()
    (tmp_path / "include").mkdir()
    (tmp_path / "include/of-programs.h").write_text("x")
    (tmp_path / "bits/a.h").write_text("x")
    path = tmp_path / "obj/headers.list"
    headers.write_header_list(path, tmp_path)
    os.utime(path, (1, 1))
    (tmp_path / "bits/a.h").write_text("y")
    headers.write_header_list(path, tmp_path)
    assert (path.read_text(), path.stat().st_mtime) == ("bits/a.h\n", 1)
    (tmp_path / "lock.h").write_text("x")
    headers.write_header_list(path, tmp_path)
    assert path.read_text() == "bits/a.h\nlock.h\n" and path.stat().st_mtime != 1


@pytest.fixture
def lkgr(monkeypatch):
    monkeypatch.chdir(ROOT)
    return variant.choose(Path(), {})


def test_every_template_in_bin_is_filled(lkgr):
    """Every @NAME@ of a template has an edit, and every edit a template that wants it."""
    edits = shlex.split(" ".join(graph.wrapper_edits(lkgr)))
    offered = {match[1] for match in map(NAME.search, edits) if match}
    wanted = set()
    templates = [
        *Path("src/muslfall/driver/bin").iterdir(),
        *Path("src/muslfall/driver/sysroot").glob("*.pc"),
    ]
    for path in sorted(path for path in templates if path.is_file()):
        wanted |= set(NAME.findall(path.read_text()))
        done = subprocess.run(["sed", *edits, path], capture_output=True, text=True, check=True)
        assert NAME.findall(done.stdout) == []
    assert offered == wanted


@pytest.mark.parametrize("host", ["d8", "wasmtime"])
def test_what_a_trial_needs_is_there(lkgr, host):
    needs = graph.trial_needs("tests/programs/hello.c", host)
    assert "tests/programs/hello.out" in needs
    assert [path for path in needs if not Path(path).is_file()] == []


def test_every_module_that_the_wasmtime_host_imports_is_needed(lkgr):
    """A trial must run again when any of the loader's modules changes."""
    paths = ["src", str(fetcher.ensure([lkgr.release("wasmtime")])["wasmtime"])]
    code = (
        f"import sys; sys.path[:0] = {paths}; import muslfall.loader.main, muslfall.hosts.trial\n"
        "import muslfall.loader.machine\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('muslfall.')))"
    )
    done = subprocess.run([graph.python(), "-c", code], capture_output=True, text=True, check=True)
    imported = {os.path.relpath(path) for path in done.stdout.split()}
    needs = {
        *graph.trial_needs("tests/programs/hello.c", "wasmtime"),
        *module_files("muslfall.hosts.trial"),
    }
    assert "src/muslfall/loader/machine.py" in imported
    assert imported <= needs


def test_regeneration_depends_on_all_that_the_graph_is_made_from(lkgr):
    inputs = graph.regenerate_inputs()
    assert inputs == sorted(inputs)
    for name in (
        "SConstruct",
        "site_scons/stage.py",
        "site_scons/site_tools/ninja_writer.py",
        "toolchain/lkgr.toml",
        "musl/musl.toml",
        "arch/wasm32/src",
        "tests/programs",
        "tests/programs/data",
        "arch/wasm32/kernel",
        "arch/wasm32/src/setjmp",
        "src/muslfall/pins/variant.py",
        "src/muslfall/loader/main.py",
    ):
        assert name in inputs
    assert [path for path in inputs if not Path(path).exists()] == []
    assert "--generate" in graph.regenerate_command(lkgr).split()
    assert set(lkgr.assignments()) < set(graph.regenerate_command(lkgr).split())


def test_the_report_is_written_anew_for_every_release(lkgr):
    flags = graph.report_flags(lkgr)
    assert {flag.partition("=")[0] for flag in flags} == {*release.COMPONENTS, "opt"}
    assert variant.choose(Path(), variant.parse_assignments(flags)) == lkgr
