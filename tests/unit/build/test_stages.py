"""The stages' scripts, with tools that are made here, and with a pinned clang.

A rejection is a result, and a record takes the output's place; anything else that goes wrong is
an error, and nothing does.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.fetch import fetcher
from muslfall.libc import rejection
from muslfall.pins import lkgr
from muslfall.pins import series as pins

STAGES = ROOT / "src/muslfall/build/stages"
AWKS = [name for name in ("mawk", "gawk", "busybox", "original-awk") if shutil.which(name)]
WASM = "wasm32-unknown-unknown"
CFLAGS = [f"--target={WASM}", "-O2", "-ffreestanding", "-nostdinc", "-fPIC",
          "-fno-crash-diagnostics"]  # fmt: skip


@pytest.fixture
def work(tmp_path, monkeypatch):
    """An empty folder to be in, where the stages find their files as in the checkout."""
    (tmp_path / "src").symlink_to(ROOT / "src")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stage(script, *words, path="/usr/bin:/bin"):
    """Run a stage's script as the build does; returns the finished process."""
    env = {"PATH": path, "LC_ALL": "C", "PYTHON": sys.executable, "PYTHONPATH": "src"}
    argv = ["/bin/sh", f"src/muslfall/build/stages/{script}", *map(str, words)]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)


def tool(text):
    """A tool: a sh script. Returns the command."""
    Path("tool").write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    Path("tool").chmod(0o755)
    return "./tool"


def compile_with(text):
    return stage("compile.sh", "a.s", tool(text), "a.s")


def assemble_with(text, assembly="\t.text\n"):
    Path("a.s").write_text(assembly, encoding="utf-8")
    return stage("assemble.sh", "a.s", "a.o", tool(text), "a.o")


def left():
    return sorted(path.name for path in Path().iterdir() if path.name not in ("src", "tool"))


def headers():
    """The lines of a.s.d that the compiler or the script wrote; the last is the record's own."""
    *lines, own = Path("a.s.d").read_text().splitlines()
    modules = ("__init__", "base/__init__", "base/errors", "base/files", "base/guard",
               "base/printable", "libc/__init__", "libc/rejection")  # fmt: skip
    assert own.split() == ["a.s:", *(f"src/muslfall/{name}.py" for name in modules)]
    return lines


def test_compiled(work):
    done = compile_with('echo "warning: odd" >&2; echo ok > "$1"; echo "a.s: a.c" > "$1.d"')
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Path("a.s").read_text() == "ok\n"
    assert left() == ["a.s", "a.s.d"]


def test_assembled(work):
    assert assemble_with('cat > "$1"', "\t.text\nx = y\n").returncode == 0
    assert Path("a.o").read_text() == "\t.text\nx = y\n"


SAY_ERROR = "echo 'a.c:1:2: error: \"no\" such $thing' >&2; exit 1"


REJECTED = [
    (SAY_ERROR, "error", '"no" such $thing'),
    ("echo 'fatal error: error in backend: cannot' >&2; exit 70", "backend", "cannot"),
    ("kill -SEGV $$", "crash", "crashed with status 139"),
    ("kill -ABRT $$", "crash", "crashed with status 134"),
    ("echo LLVM ERROR: cannot >&2; kill -ABRT $$", "backend", "cannot"),
    ('echo half > "$1"; ' + SAY_ERROR, "error", '"no" such $thing'),
]


@pytest.mark.parametrize(
    ("run", "out", "text", "reason", "diagnostic"),
    [(compile_with, "a.s", *case) for case in REJECTED]
    + [(assemble_with, "a.o", *case) for case in REJECTED[:3]],
)
def test_rejected(work, run, out, text, reason, diagnostic):
    assert run(text).returncode == 0
    why = rejection.read(Path(out))
    name = "compile" if out == "a.s" else "assemble"
    assert (why.stage, why.reason, why.diagnostic) == (name, reason, diagnostic)


ERRORS = [
    ("exit 1", "said nothing"),
    ("echo zig: error: unknown argument -x >&2; exit 1", "unknown argument -x"),
    ("echo \"error: cannot write: 'No space left on device'\" >&2; exit 1", "No space left"),
    ("kill -KILL $$", "ended by signal 9"),
    ("kill -TERM $$", "ended by signal 15"),
    ("exit 126", "exit status 126"),
    ('echo half > "$1"; exit 1', "said nothing"),
    ('echo half > "$1"; echo "$1: x.c" > "$1.d"; kill -KILL $$', "ended by signal 9"),
]


@pytest.mark.parametrize(
    ("run", "kept", "text", "said"),
    [(compile_with, [], *case) for case in ERRORS]
    + [(assemble_with, ["a.s"], *case) for case in ERRORS[-3:]],
)
def test_an_error_leaves_nothing(work, run, kept, text, said):
    done = run(text)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].startswith("muslfall: error: ./tool: ")
    assert said in done.stderr
    assert [name for name in left() if name != "a.o.d"] == kept


@pytest.mark.parametrize("run", [compile_with, assemble_with])
@pytest.mark.parametrize("then", ['echo ok > "$1"', SAY_ERROR, "kill -SEGV $$", "kill -KILL $$"])
def test_a_tool_that_fails_only_now_and_then_is_an_error(work, run, then):
    """Once it crashes, and then, for the same file, it does not, or otherwise."""
    text = f"if [ -e twice ]; then {then}; exit; fi\n"
    text += (
        "[ -e first ] && touch twice\ntouch first\n" if run is assemble_with else "touch twice\n"
    )
    done = run(text + "kill -ABRT $$")
    assert done.returncode != 0
    assert "ended with status 134, and then, for the same file, with" in done.stderr
    assert not (set(left()) & {"a.o", "a.s.d"}) and ("a.s" in left()) == (run is assemble_with)


@pytest.mark.parametrize("words", [("compile.sh", "a.s"), ("assemble.sh", "a.s", "a.o")])
def test_a_tool_that_is_not_there_is_an_error(work, words):
    if words[0] == "assemble.sh":
        Path("a.s").write_text("\t.text\n")
    done = stage(*words, "./no-such-tool")
    assert done.returncode != 0
    assert "not found" in done.stderr
    assert words[-1] not in left()


def test_a_record_that_cannot_be_written_is_an_error(work):
    done = stage("compile.sh", "no-such/a.s", tool(SAY_ERROR), "x")
    assert done.returncode != 0
    assert "No such file or directory" in done.stderr


def test_what_compile_rejected_passes_through_assemble(work):
    compile_with(SAY_ERROR)
    done = stage("assemble.sh", "a.s", "a.o", tool("echo ran > ran"))
    assert done.returncode == 0
    assert Path("a.o").read_bytes() == Path("a.s").read_bytes()
    assert "ran" not in left()


def test_without_an_input_there_is_no_object(work):
    done = stage("assemble.sh", "none.s", "a.o", tool('cat > "$1"'), "a.o")
    assert done.returncode != 0
    assert "a.o" not in left()


def test_without_awk_there_is_no_object(work):
    """An assembler of an empty input would make an empty object."""
    bin_folder = work / "bin"
    bin_folder.mkdir()
    for name in ("sh", "cat", "grep"):
        (bin_folder / name).symlink_to(shutil.which(name))
    Path("a.s").write_text("unknown\n")
    command = tool('cat > input; ! grep -q unknown input && cat input > "$1"')
    done = stage("assemble.sh", "a.s", "a.o", command, "a.o", path=bin_folder)
    assert done.returncode != 0
    assert "a.o" not in left()


def test_a_header_that_is_not_there_is_looked_for_again(work):
    """Ninja takes what a list names and what is not there for a reason to run."""
    compile_with(SAY_ERROR)
    [line] = headers()
    target, needs = line.split(": ")
    assert target == "a.s"
    assert not Path(needs.strip()).exists()


def test_a_list_that_is_there_stays(work):
    compile_with(f'echo "a.s: a.c h.h" > "$1.d"; {SAY_ERROR}')
    assert headers() == ["a.s: a.c h.h"]


# --- functype.awk -------------------------------------------------------------------------


def functype(text, awk=None):
    """What functype.awk makes of assembly, by each awk that there is."""
    results = set()
    for name in [awk] if awk else (AWKS or ["awk"]):
        argv = [name, *(["awk"] if name == "busybox" else []), "-f", str(STAGES / "functype.awk")]
        done = subprocess.run(argv, input=text, capture_output=True, text=True, check=True)
        results.add(done.stdout)
    assert len(results) == 1
    return results.pop()


FILE = '\t.file\t"a.c"\n'
TYPE = "\t.functype\tf (i32, i64) -> (i32)\n"
ALIAS_TYPE = "\t.functype\tg (i32, i64) -> (i32)\n"


@pytest.mark.parametrize(
    "text",
    [
        "", FILE, FILE + TYPE, FILE + "d = e\n", FILE + TYPE + "\t.set d, e\n",
        FILE + TYPE + '\t.asciz\t"g = f"\n', FILE + TYPE + ALIAS_TYPE + "g = f\n",
        FILE + TYPE + "a = b\nb = a\n", "\t.text  \n\n\tlocal.get\t0\n", FILE + "\t.size x, .-x\n",
    ],
)  # fmt: skip
def test_without_an_alias_of_a_function_not_a_byte_changes(text):
    assert functype(text) == text


@pytest.mark.parametrize("alias", ["g = f\n", "\t.set g, f\n", "\t.set\tg, f\n", "g\t=\tf\n"])
@pytest.mark.parametrize("rest", ["{alias}{type}", "{type}\tcall g\n{alias}"])
def test_an_alias_has_its_type_at_the_top(alias, rest):
    rest = rest.format(alias=alias, type=TYPE)
    assert functype("\t.text\n" + FILE + rest) == "\t.text\n" + FILE + ALIAS_TYPE + rest
    assert functype(rest) == ALIAS_TYPE + rest


def test_an_alias_of_an_alias_in_either_order():
    for rest in ("g = f\nh = g\n", "h = g\ng = f\n"):
        made = functype(FILE + TYPE + rest)
        assert made.count(".functype\tg (i32, i64)") == made.count(".functype\th (i32, i64)") == 1


def test_only_the_first_file_line_is_the_top():
    made = functype(FILE + '\t.file\t1 "x.h"\n' + TYPE + "g = f\n")
    assert made.splitlines()[1] == ALIAS_TYPE.rstrip()
    assert made.count(ALIAS_TYPE) == 1


# --- a pinned clang -----------------------------------------------------------------------


def clang(version):
    """The command of a pinned clang, fetched if need be."""
    release = pins.load_series(ROOT, "llvm").release(version)
    tree = fetcher.ensure([release])["llvm"]
    first, *rest = release.tools["clang"]
    return [str(tree / first), *rest]


LLVM = lkgr.load_lkgr(ROOT).releases["llvm"].version


def compiled(source, *flags, version=LLVM):
    """compile.sh on a source; returns the rejection, if it is one."""
    Path("a.c").write_text(source, encoding="utf-8")
    words = [*clang(version), *CFLAGS, *flags, "-MD", "-MF", "a.s.d", "-S", "a.c", "-o", "a.s"]
    done = stage("compile.sh", "a.s", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return rejection.read(Path("a.s"))


def assembled(version=LLVM):
    words = [*clang(version), f"--target={WASM}", "-c", "-x", "assembler", "-", "-o", "a.o"]
    done = stage("assemble.sh", "a.s", "a.o", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return rejection.read(Path("a.o"))


def test_clang_names_the_first_error(work):
    Path("h.h").write_text("#define H\n")
    why = compiled('#include "h.h"\nint f(void) { return x; }\n#error second\n')
    assert (why.stage, why.reason) == ("compile", "error")
    assert why.diagnostic == "use of undeclared identifier 'x'"
    assert "a.c:3:2: error: second" in why.log
    assert " ".join(headers()).split() == ["a.s:", "a.c", "h.h"]
    assert left() == ["a.c", "a.s", "a.s.d", "h.h"]


def test_clang_and_a_header_that_is_not_there(work):
    assert compiled('#include "no.h"\n').diagnostic == "'no.h' file not found"
    assert headers() == ["a.s: a.s.d.none"]


def test_clang_crashes(work):
    before = set(os.listdir("/tmp"))
    why = compiled("#pragma clang __debug crash\n")
    assert why.reason == "crash"
    assert not {name for name in set(os.listdir("/tmp")) - before if name.startswith("a-")}


def test_clang_gives_up_in_the_backend(work):
    why = compiled("#pragma clang __debug llvm_fatal_error\n")
    assert (why.reason, why.diagnostic) == ("backend", "#pragma clang __debug llvm_fatal_error")


def test_clang_assembler_rejects(work):
    assert compiled('void f(void) { __asm__("frob"); }\n', "-fno-integrated-as") is None
    why = assembled()
    assert (why.stage, why.reason, why.diagnostic) == ("assemble", "error", "invalid instruction")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_clang_and_a_full_disk(work):
    Path("a.c").write_text("int x;\n")
    os.symlink("/dev/full", "a.s")
    done = stage("compile.sh", "a.s", *clang(LLVM), *CFLAGS, "-S", "a.c", "-o", "a.s")
    assert done.returncode != 0
    assert "No space left on device" in done.stderr


ALIASES = """
static int f(int x, long long y) { return x + (int)y; }
extern __typeof(f) g __attribute__((alias("f")));
extern __typeof(f) h __attribute__((weak, alias("g")));
int before(int x) { return g(x, 1) + h(x, 2); }
int (*pointer)(int, long long) = h;
int late(int x) { return x; }
extern __typeof(late) later __attribute__((alias("late")));
int datum;
extern int other __attribute__((alias("datum")));
int after(int x) { return later(x) + other; }
"""


@pytest.mark.parametrize("version", pins.load_series(ROOT, "llvm").versions())
def test_aliases_through_both_stages(work, version):
    target = pins.load_series(ROOT, "llvm").release(version).quirks["pic-target"]
    assert compiled(ALIASES, "-fno-pic", f"--target={target}", version=version) is None
    assert assembled(version) is None
    assert Path("a.o").read_bytes().startswith(b"\0asm")


def test_functype_leaves_real_assembly_alone(work):
    compiled("int f(int x) { return x + 1; }\n")
    text = Path("a.s").read_text()
    assert functype(text) == text
