"""The build, end to end, with the pinned toolchain: what comes out, and what runs when."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.base.files import digest
from muslfall.build import ninja
from muslfall.diff import compare, twice
from muslfall.fetch.store import Store
from muslfall.libc import manifest, portable
from muslfall.pins import series, variant
from muslfall.wasm import module as wasm

#: Whole builds, or many.
pytestmark = pytest.mark.timeout(3600)

TIMER = "arch/wasm32/src/time/timer_create.c"
LINKED = {"memory", "__indirect_function_table", "__stack_pointer", "__memory_base", "__table_base"}
SYSCALLS = {f"__syscall{n}" for n in range(7)}
#: Hidden in musl, but what a loader starts a program with, and writes to (LOADER.md).
START = {"__init_libc", "__malloc_replaced", "__aligned_alloc_replaced"}
#: Functions that a header of these declares are exported, all of them.
HEADERS = ("ctype.h", "dirent.h", "math.h", "stdio.h", "stdlib.h", "string.h", "time.h", "wchar.h")
ARGUMENTS = r"\([^()]*(?:\([^()]*\)[^()]*)*\)"
DECLARED = re.compile(rf"^(?!typedef)[a-z_][\w \t]*[ *]+(\w+) ?{ARGUMENTS}[^;{{]*;", re.MULTILINE)
HIDDEN = re.compile(r"^(?:extern )?hidden [^;=(]*?(\w+)(?:\[[^;]*)?(?:\(|;)", re.MULTILINE)
#: What Ninja prints for each command, such as `[1/6] compile OUTPUT`.
STEP = re.compile(r"^\[\d+/\d+\] (\w+) (.*)$", re.MULTILINE)
#: Seconds.
TIMEOUT = 200


class Twin:
    """A clone of the checkout and of what is built in it, for tests that edit."""

    def __init__(self, folder: Path, chosen: variant.Variant) -> None:
        self.folder = folder
        self.chosen = chosen
        self.out = folder / chosen.out
        self.committed = folder / chosen.manifest

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "muslfall", *arguments],
            cwd=self.folder,
            text=True,
            env=os.environ | {"PYTHONPATH": "src"},
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def muslfall(self, *arguments: str, status: int = 0) -> tuple[str, str]:
        """Run a command; returns what it wrote to stdout and to stderr."""
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=TIMEOUT)
        assert process.returncode == status, stdout + stderr
        return stdout, stderr

    def build(self) -> tuple[set[tuple[str, str]], str]:
        """Build the modules; returns (step, output) of each command that ran, and why it did."""
        ninja_file = f"{self.chosen.out}/build.ninja"
        done = subprocess.run(
            [ninja.find(), "-f", ninja_file, "-d", "explain", "musl.wasm", "kernel.wasm"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        stdout, stderr = done.stdout, done.stderr
        steps = {
            (step, output.removeprefix(f"{self.chosen.out}/"))
            for step, outputs in STEP.findall(stdout)
            for output in outputs.split()
        }
        return steps, stdout + stderr

    def stale(self, path: str) -> set[str]:
        """The rules of the steps that would run again if the file `path` were another.

        Under another name, build.ninja is not what Ninja writes anew first, and then, in a dry
        run, no more.
        """
        graph = self.out / "copy.ninja"
        shutil.copyfile(self.out / "build.ninja", graph)
        file = self.folder / path
        before = file.stat()
        os.utime(file)
        try:
            done = subprocess.run(
                [ninja.find(), "-f", f"{self.chosen.out}/copy.ninja", "-n", "all"],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
            )
        finally:
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert done.returncode == 0, done.stdout + done.stderr
        return {step for step, _ in STEP.findall(done.stdout)}

    def digests(self) -> dict[str, str]:
        found = compare.artifacts(self.out)
        return {name: digest(path) for name, path in found.items()}


@pytest.fixture(scope="session")
def chosen() -> variant.Variant:
    """The LKGR variant."""
    return variant.choose(ROOT, {})


@pytest.fixture(scope="session")
def musl(chosen: variant.Variant, lkgr: Path) -> Path:
    """The unpacked musl."""
    return ROOT / chosen.pinned("musl")


@pytest.fixture(scope="session")
def module(lkgr: Path) -> wasm.Module:
    """musl.wasm."""
    return wasm.parse((lkgr / "musl.wasm").read_bytes(), "musl.wasm")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory, lkgr: Path, chosen) -> Twin:
    folder = tmp_path_factory.mktemp("twin") / "checkout"
    twice.twin(ROOT, folder, chosen.out)
    made = Twin(folder, chosen)
    made.muslfall("build")
    return made


@pytest.fixture
def twin(checkout: Twin, edit: Callable[..., None]) -> Twin:
    """The clone, built; what a test edits is put back after it."""
    checkout.build()
    return checkout


@pytest.fixture
def edit(checkout: Twin):
    """Appends text to a file of the clone; puts the file back at the end."""
    before: dict[Path, bytes] = {}

    def append(name: str, text: str) -> None:
        path = checkout.folder / name
        before.setdefault(path, path.read_bytes())
        path.write_bytes(path.read_bytes() + text.encode())

    yield append
    for path, content in before.items():
        path.write_bytes(content)


# --- what comes out -----------------------------------------------------------------------


def test_the_libc_imports_the_linkage_and_the_syscalls_and_nothing_else(module):
    assert {item.name for item in module.imports} == LINKED | SYSCALLS
    assert {item.module for item in module.imports} == {"env"}
    kinds = {item.name: item.kind for item in module.imports}
    assert {name for name, kind in kinds.items() if kind == "function"} == SYSCALLS


def test_the_libc_exports_what_its_headers_declare(module, musl):
    names = {name for header in HEADERS for name in declared(musl / "include" / header)}
    assert {"printf", "malloc", "qsort", "strtod", "wcsftime", "sinl", "scandir"} <= names
    assert len(names) > 500
    assert names - module.exports.keys() == set()


def declared(header: Path) -> list[str]:
    """The functions that a header declares, outside of #if for GNU's sake and the like."""
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
    return DECLARED.findall(re.sub(r"^#.*(?:\\\n.*)*", "", text, flags=re.MULTILINE))


def test_the_libc_exports_nothing_hidden_but_what_a_loader_starts(module, musl):
    headers = [*musl.glob("src/internal/*.h"), *musl.glob("src/include/**/*.h")]
    hidden = {name for path in headers for name in HIDDEN.findall(path.read_text())}
    assert {"__libc", "__fseeko", "__vm_lock", "__init_libc"} <= hidden and len(hidden) > 150
    assert hidden & module.exports.keys() == START


def test_what_a_program_may_have_instead_is_musls_list(module, musl, lkgr):
    """Each datum that the libc reads by its name has a cell, no function is in the table."""
    names = re.findall(r"\w+", (musl / "dynamic.list").read_text())
    assert {"malloc", "free", "environ", "optind"} <= set(names) and len(names) > 30
    assert list(module.dynamic_list) == [name for name in names if name in module.exports]
    assert set(names) - module.exports.keys() <= {
        "__progname",
        "__progname_full",
        "__stack_chk_guard",
    }
    listed = (lkgr / "sysroot/share/muslfall/dynamic.list").read_text().split()
    assert listed == names
    cells = {name.removeprefix("GOT.mem.") for name in module.exports if "." in name}
    assert (
        {"__environ", "optind", "optarg", "opterr", "optopt", "__timezone"} <= cells <= set(names)
    )
    pointed = {index for segment in module.elements for index in segment.functions}
    functions = [module.exported(name, "function") for name in names]
    opened = {item.index for item in functions if item}
    assert len(opened) == 8 and not opened & pointed


def test_a_function_of_the_list_has_no_other_name(module):
    opened = {
        item.index for name in module.dynamic_list if (item := module.exported(name, "function"))
    }
    named = [
        item for item in module.exports.values() if item.kind == "function" and item.index in opened
    ]
    assert len(named) == len(opened)


def test_the_libc_is_dynamically_linkable(module):
    assert module.sections[0].name == "dylink.0"
    assert module.dylink.memory_size > 0 and module.dylink.table_size > 0
    assert "__wasm_apply_data_relocs" in module.exports


def test_the_reassembled_module_prints_as_the_text_that_it_was_made_from(lkgr, chosen):
    tool = ROOT / chosen.tool("wasm-tools", "wasm-tools")[0]
    module, text = lkgr / "musl.wasm", lkgr / "musl.wast"
    printed = subprocess.run([tool, "print", module], capture_output=True, check=True).stdout
    assert printed == text.read_bytes()
    assert module.stat().st_size < (lkgr / "obj/linked/musl.wasm").stat().st_size


def test_musl_is_unmodified(chosen, musl):
    release = chosen.release("musl")
    tarball = Store().object_path(release.file())
    with tarfile.open(tarball) as archive:
        files = {
            member.name.partition("/")[2]: archive.extractfile(member).read()
            for member in archive
            if member.isfile()
        }
    unpacked = {
        path.relative_to(musl).as_posix(): path.read_bytes()
        for path in musl.glob("**/*")
        if path.is_file()
    }
    assert len(files) > 2000
    assert unpacked.keys() == files.keys()
    assert [name for name, content in files.items() if unpacked[name] != content] == []


def test_every_file_of_musl_is_in_the_manifest(lkgr, musl):
    made = manifest.load(lkgr / "manifest.toml")
    folders = ("src/*", "src/malloc/mallocng", "src/malloc/oldmalloc", "crt", "ldso")
    paths = [path for folder in folders for path in musl.glob(f"{folder}/*.c")]
    files = {path.relative_to(musl).as_posix() for path in paths}
    assert len(files) > 1300
    assert files - manifest.keys(made) == set()


def test_the_report_says_that_hello_ran_the_same_on_both_hosts(lkgr):
    hosts = json.loads((lkgr / "report.json").read_text())["programs"]["hello"]["hosts"]
    assert {host: result["verdict"] for host, result in hosts.items()} == {
        "d8": "pass",
        "wasmtime": "pass",
    }
    assert hosts["d8"]["stdout"] == hosts["wasmtime"]["stdout"]
    assert hosts["d8"]["stdout"].startswith("hello, musl\n")


# --- the command line ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("nonsense=1", ["nonsense", "llvm", "opt", "backend"]),
        ("opt=O9", ["O9", "O0", "O2", "Oz"]),
        ("llvm=1", ["llvm", "13.0.1", "22.1.8"]),
        ("backend=make", ["make", "ninja", "scons"]),
    ],
)
def test_a_word_that_is_no_choice_is_refused_with_the_choices(word, named):
    done = subprocess.run([ROOT / "muslfall", "build", word], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert [name for name in named if name not in done.stderr] == []
    scons = run_scons(word)
    assert scons.returncode == 2
    assert [name for name in named if name not in scons.stdout + scons.stderr] == []


def test_scons_help_explains_every_variable():
    done = run_scons("-h")
    assert done.returncode == 0
    for name, meaning in variant.VARIABLES.items():
        assert f"{name}=" in done.stdout and meaning in done.stdout


def run_scons(*words: str) -> subprocess.CompletedProcess:
    argv = [sys.executable, "-m", "SCons", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT)


# --- what runs when -----------------------------------------------------------------------


def test_a_second_build_runs_nothing(twin):
    twin.muslfall("build")
    stdout, _ = twin.muslfall("build", "-d", "explain")
    assert STEP.findall(stdout) == []
    assert "no work to do" in stdout


def test_an_edit_of_the_port_rebuilds_what_depends_on_it(twin, edit):
    before = twin.digests()
    edit(TIMER, "int __edited = 7;\n")
    steps, said = twin.build()
    timer = f"obj/{TIMER.removesuffix('.c')}"
    libc = {
        ("compile", f"{timer}.s"), ("assemble", f"{timer}.o"),
        ("exports", "obj/exports.list"), ("linklibc", "obj/linked/musl.wasm"),
        ("dynamiclist", "obj/opened/musl.wasm"),
        ("dynamiclist", "sysroot/share/muslfall/dynamic.list"),
        ("disassemble", "musl.wast"),
        ("reassemble", "musl.wasm"), ("manifest", "manifest.toml"), ("manifest", "obj/link.list"),
    }  # fmt: skip
    assert steps == libc
    assert f"{twin.chosen.out}/{timer}.s older than most recent input {TIMER}" in said
    after = twin.digests()
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {
        f"{timer}.s", f"{timer}.o", "obj/exports.list", "obj/linked/musl.wasm",
        "obj/opened/musl.wasm", "musl.wast",
        "musl.wasm",
    }  # fmt: skip


def test_a_new_header_of_the_port_is_a_reason_to_compile_all(twin):
    """It may stand in front of one of musl's: what a compiler included before does not tell."""
    listed = twin.out / "obj/headers.list"
    before = listed.stat()
    header = twin.folder / "arch/wasm32/new.h"
    ninja_file = f"{twin.chosen.out}/build.ninja"
    generate = [ninja.find(), "--quiet", "-f", ninja_file, ninja_file]
    dry = [ninja.find(), "-n", "-f", ninja_file, "musl.wasm"]
    header.write_text("")
    try:
        subprocess.run(generate, cwd=twin.folder, check=True, timeout=TIMEOUT)
        done = subprocess.run(dry, cwd=twin.folder, capture_output=True, text=True, check=True)
        assert done.stdout.count("] compile ") > 1300
    finally:
        header.unlink()
        subprocess.run(generate, cwd=twin.folder, check=True, timeout=TIMEOUT)
        os.utime(listed, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_an_edit_of_a_header_of_the_kernel_compiles_only_what_includes_it(twin, edit):
    edit("arch/wasm32/kernel/pipe.h", "/* a comment */\n")
    steps, _ = twin.build()
    objects = {output for step, output in steps if step == "compileobject"}
    kernel = twin.folder / "arch/wasm32/kernel"
    including = {p.stem for p in kernel.glob("*.c") if '"pipe.h"' in p.read_text()}
    assert objects == {f"obj/arch/wasm32/kernel/{stem}.o" for stem in including}
    assert 0 < len(including) < len(list(kernel.glob("*.c")))
    assert {step for step, _ in steps} <= {"compileobject", "linkkernel"}


def test_a_new_file_of_the_port_is_built_and_a_removed_one_leaves(twin):
    new = twin.folder / "arch/wasm32/src/time/new.c"
    new.write_text("int __new_in_the_port = 1;\n")
    steps, _ = twin.build()
    assert ("compile", "obj/arch/wasm32/src/time/new.s") in steps
    assert b"__new_in_the_port" in (twin.out / "musl.wasm").read_bytes()
    new.unlink()
    steps, _ = twin.build()
    assert "compile" not in {step for step, _ in steps}
    assert b"__new_in_the_port" not in (twin.out / "musl.wasm").read_bytes()


def test_a_second_build_at_the_same_time_waits_and_says_so(twin):
    with open(f"{twin.out}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        process = twin.start("build")
        assert "another build or suite of it is running; waiting" in process.stderr.readline()
        assert process.poll() is None
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, stderr
    assert ": as expected in V8 and in wasmtime" in stdout


def test_two_builds_at_once_both_succeed(twin, edit):
    edit(TIMER, "int __edited = 8;\n")
    processes = [twin.start("build") for _ in range(2)]
    for process in processes:
        stdout, stderr = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 0, stdout + stderr
    assert "no work to do" in twin.build()[1]


def test_a_build_that_was_killed_is_made_good_by_the_next_one(twin):
    before = twin.digests()
    header = twin.folder / "arch/wasm32/pthread_arch.h"
    os.utime(header)
    started = header.stat().st_mtime_ns
    process = twin.start("build", "-j2")
    wait_for(lambda: len(newer(twin.out / "obj/src", started)) > 20)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    steps, _ = twin.build()
    assert "compile" in {step for step, _ in steps}
    assert twin.digests() == before


def newer(folder: Path, than: int) -> list[Path]:
    return [path for path in folder.glob("**/*.s") if path.stat().st_mtime_ns > than]


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


# --- manifests ----------------------------------------------------------------------------


def test_check_passes_for_the_lkgr(lkgr):
    done = subprocess.run([ROOT / "muslfall", "check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "as committed" in done.stdout


def test_check_names_a_new_failure(twin, edit):
    edit(TIMER, "#error it does not like this\n")
    _, said = twin.muslfall("check", status=1)
    assert f"{TIMER}: was included, is excluded (compile: error): it does not like this" in said
    assert "./muslfall manifest" in said
    # A rejection is a result: the rest is built all the same.
    stdout, _ = twin.muslfall("build")
    assert "1 rejected" in stdout


def test_check_names_an_unexpected_success(twin, edit):
    edit(twin.chosen.manifest, "")
    was = manifest.load(twin.committed)
    key = "src/string/strspn.c"
    why = manifest.Exclusion("assemble", "crash", "it fell over")
    doctored = manifest.Manifest(
        was.toolchain,
        tuple(k for k in was.included if k != key),
        was.replaced,
        {**was.excluded, key: why},
    )
    twin.committed.write_text(manifest.dump(doctored))
    _, said = twin.muslfall("check", status=1)
    assert f"{key}: was excluded (assemble: crash), is included" in said


# --- reproducible -------------------------------------------------------------------------


def test_both_backends_give_the_same_bytes_in_other_circumstances(lkgr, musl):
    built = portable.find(musl, ROOT).built
    some = {"src/string/str": 20, "src/stdio/v": 6, "src/math/__": 10}
    keys = [
        key
        for start, count in some.items()
        for key in [key for key in built if key.startswith(start)][:count]
    ]
    targets = [f"obj/{key.removesuffix('.c')}.o" for key in keys]
    targets += [f"obj/{TIMER.replace('.c', '.o')}", "kernel.wasm", "programs/hello.wasm"]
    done = subprocess.run(
        [ROOT / "muslfall", "reproduce", "--self", *(f"--target={name}" for name in targets)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}
    assert rows["assembly"] == ["39", "39"]  # and two that a program has of libcompiler_rt.a
    assert {"objects", "kernel.wasm", "programs/hello.wasm"} <= rows.keys()
    assert "the same in both builds" in done.stdout


def loaded(module: str) -> set[str]:
    """The files of the package that Python loads for `python -m module`, relative to ROOT."""
    code = (
        f"import sys, {module}\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('muslfall')))"
    )
    env = {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT,
    )
    return {os.path.relpath(path, ROOT) for path in done.stdout.split()}


def steps_by_rule(text: str) -> dict[str, str]:
    """The module that each step of ours runs, by what Ninja prints of the step."""
    rules = re.findall(r"^rule .*\n  command = (.*)\n(?:  .*\n)*?  description = (\w+)", text, re.M)
    found = {name: re.search(r" -m (muslfall[\w.]*)", command) for command, name in rules}
    return {name: match[1] for name, match in found.items() if match}


def test_an_edit_of_any_module_runs_every_step_that_imports_it(checkout):
    checkout.muslfall("build")
    steps = steps_by_rule((checkout.out / "build.ninja").read_text())
    assert {"localize", "manifest", "directcalls", "report", "trial"} <= steps.keys()
    imports = {name: loaded(module) for name, module in steps.items()}
    assert checkout.stale("README.md") == set()
    for path in sorted(set.union(*imports.values())):
        wanted = {name for name, files in imports.items() if path in files}
        assert wanted <= checkout.stale(path), path


def test_an_edit_of_a_module_runs_no_step_that_has_nothing_of_it(checkout):
    """Not the 1347 files: no compiler is a module of ours."""
    for path in (
        "src/muslfall/wasm/custom.py",
        "src/muslfall/libc/prototypes.py",
        "src/muslfall/libc/rejection.py",
    ):
        assert not {"compile", "assemble", "builtins"} & checkout.stale(path)
    assert "prototypes" not in checkout.stale("src/muslfall/wasm/custom.py")
    assert "localize" not in checkout.stale("src/muslfall/libc/prototypes.py")


# --- what is no input ---------------------------------------------------------------------


@pytest.mark.parametrize("component", ["v8", "wasmtime"])
def test_an_engine_is_no_input_of_a_libc(twin, component):
    """Another one runs the programs, and nothing is compiled."""
    releases = series.load_series(twin.folder, component).releases
    version = next(one.version for one in releases if one != twin.chosen.release(component))
    before = times(twin.out)
    stdout, _ = twin.muslfall("build", f"{component}={version}", "-v")
    assert "as expected in V8 and in wasmtime" in stdout
    assert times(twin.out) == before
    other = variant.choose(twin.folder, {component: version})
    report = json.loads((twin.folder / other.out / "report.json").read_text())
    assert report["components"][component]["version"] == version
    assert report["artifacts"] == json.loads((twin.out / "report.json").read_text())["artifacts"]
    stdout, _ = twin.muslfall("build")
    assert "ninja: no work to do." in stdout and times(twin.out) == before


def times(folder: Path) -> dict[str, int]:
    """When each file was written; but for Ninja's own notes of what it has built."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name[:1] != ".")
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in files}


def test_a_source_of_the_future_is_named_and_built(twin, edit):
    name = "site_scons/stage.py"
    edit(name, "")
    year = time.time() + 365 * 86400
    os.utime(twin.folder / name, (year, year))
    twin.muslfall("build")
    stdout, stderr = twin.muslfall("build")
    assert "ninja: no work to do." in stdout
    assert f"note: {name} is dated " in stderr
    edit("SConstruct", "(\n")
    assert "SyntaxError" in "".join(twin.muslfall("build", status=1))
