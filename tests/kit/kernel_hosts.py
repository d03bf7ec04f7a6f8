"""The kernel by itself, in wasmtime or in node: syscalls from Python, its memory to look at."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from muslfall import ROOT
from muslfall.fetch import fetcher
from muslfall.libc import syscalls
from muslfall.pins import lkgr

HERE = Path(__file__).resolve().parent
SOURCES = ROOT / "arch/wasm32/kernel"
TABLE = syscalls.load(SOURCES / "syscalls.toml")
NUMBERS = {row.name: row.number for row in TABLE.syscalls}

CFLAGS = ("--target=wasm32-unknown-unknown", "-O2", "-std=c11", "-ffreestanding", "-nostdinc",
          "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter")  # fmt: skip
LINKFLAGS = ("--no-entry", "--stack-first", "-z", "stack-size=8388608", "--export-table",
             "--growable-table", "--export=__stack_pointer", "--export-dynamic",
             "--strip-debug")  # fmt: skip


class Exit(Exception):
    """The process ended, with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def tree(component: str) -> Path:
    """The pinned component: $MUSLFALL_<COMPONENT>, else out/pinned, else fetched."""
    if named := os.environ.get(f"MUSLFALL_{component.upper()}"):
        return Path(named)
    release = lkgr.load_lkgr(ROOT).releases[component]
    pinned = ROOT / "out/pinned" / release.name
    return pinned if pinned.exists() else fetcher.ensure([release])[component]


def kernel_wasm(folder: Path) -> Path:
    """$MUSLFALL_KERNEL, else the built one if it is newer than its sources, else one made here."""
    if named := os.environ.get("MUSLFALL_KERNEL"):
        return Path(named)
    built = ROOT / "out/lkgr/kernel.wasm"
    newest = max(path.stat().st_mtime for path in SOURCES.iterdir())
    if built.exists() and built.stat().st_mtime > newest:
        return built
    return compile_kernel(folder, tree("llvm") / "ziglang/zig")


def compile_kernel(folder: Path, zig: Path) -> Path:
    """Compile and link the kernel in folder, with the flags that every LLVM understands."""
    assert syscalls.main([str(SOURCES / "syscalls.toml"), str(folder / "syscalls.h")]) == 0
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(folder / "cache")}
    objects = []
    for source in sorted(SOURCES.glob("*.c")):
        objects.append(folder / f"{source.stem}.o")
        command = [zig, "clang", *CFLAGS, "-I", folder, "-I", SOURCES, "-c", source,
                   "-o", objects[-1]]  # fmt: skip
        subprocess.run(command, check=True, env=environment)
    linked = folder / "kernel.wasm"
    subprocess.run(
        [zig, "wasm-ld", *LINKFLAGS, *objects, "-o", linked], check=True, env=environment
    )
    return linked


def lint_kernel(folder: Path, zig: Path, *flags: str) -> str:
    """Everything that clang, with `flags`, has to say of the kernel's files."""
    assert syscalls.main([str(SOURCES / "syscalls.toml"), str(folder / "syscalls.h")]) == 0
    files = sorted(SOURCES.glob("*.c"))
    command = [zig, "clang", *CFLAGS, *flags, "-fsyntax-only", "-I", folder, "-I", SOURCES, *files]
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


class Kernel:
    """What both hosts share: syscalls by name, and a scratch region of the guest's.

    streams: a folder with the files stdin, stdout and stderr; dirs: guest name -> host folder.
    """

    SCRATCH = 1 << 18

    def start(self) -> None:
        self.call("_initialize")
        self.scratch = self.alloc(self.SCRATCH)
        self.used = 0

    def alloc(self, size: int, align: int = 16) -> int:
        return self.call("__kernel_alloc", size, align) & 0xFFFFFFFF

    def sys(self, name: str, *args: int | str | bytes) -> int:
        """One syscall; text and bytes are put into the scratch region, text with a 0 behind it."""
        return self.number(NUMBERS[name], *args)

    def number(self, number: int, *args: int | str | bytes) -> int:
        words = [signed(arg if isinstance(arg, int) else self.put(arg)) for arg in args]
        return self.call(f"__syscall{len(words)}", number, *words)

    def put(self, data: str | bytes) -> int:
        """Place data in the scratch region, which begins again when it is full."""
        if isinstance(data, str):
            data = data.encode() + b"\0"
        if self.used + len(data) > self.SCRATCH:
            self.used = 0
        at = self.scratch + self.used
        self.used += (len(data) + 15) & -16
        self.write(at, data)
        return at

    def room(self, size: int) -> int:
        """Zeroed bytes in the scratch region."""
        return self.put(bytes(size))

    def string(self, at: int) -> bytes:
        return self.read(at, 4096).split(b"\0")[0]


def signed(word: int) -> int:
    word &= 0xFFFFFFFF
    return word - (word >> 31 << 32)


class WasmtimeKernel(Kernel):
    """In wasmtime, in this process."""

    def __init__(self, wasm: Path, streams: Path, argv=(), env=(), dirs=(), overrides=None):
        import wasmtime

        self.wasmtime = wasmtime
        engine = self.engine()
        self.store = wasmtime.Store(engine)
        self.store.set_limits(memory_size=1 << 28)
        self.store.set_wasi(self.config(streams, argv, env, dirs))
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        linker.allow_shadowing = True
        self.define(linker, "proc_exit", ["i32"], [], self.proc_exit)
        for name, (params, function) in (overrides or {}).items():
            self.define(linker, name, params, ["i32"], lambda *a, f=function: f(self, *a))
        self.exports = linker.instantiate(self.store, self.module(wasm)).exports(self.store)
        self.memory = self.exports["memory"]
        self.start()

    CACHE: dict = {}

    def engine(self):
        if "engine" not in self.CACHE:
            self.CACHE["engine"] = self.wasmtime.Engine()
        return self.CACHE["engine"]

    def module(self, wasm: Path):
        if wasm not in self.CACHE:
            self.CACHE[wasm] = self.wasmtime.Module.from_file(self.engine(), str(wasm))
        return self.CACHE[wasm]

    def config(self, streams, argv, env, dirs):
        config = self.wasmtime.WasiConfig()
        config.argv = list(argv)
        config.env = list(dict(env).items())
        config.stdin_file = str(streams / "stdin")
        config.stdout_file = str(streams / "stdout")
        config.stderr_file = str(streams / "stderr")
        for guest, host in dict(dirs).items():
            config.preopen_dir(str(host), guest)
        return config

    def define(self, linker, name, params, results, function):
        types = [[getattr(self.wasmtime.ValType, t)() for t in side] for side in (params, results)]
        linker.define_func("wasi_snapshot_preview1", name, self.wasmtime.FuncType(*types), function)

    def proc_exit(self, status: int) -> None:
        raise Exit(status)

    def call(self, name: str, *args: int):
        return self.exports[name](self.store, *args)

    def read(self, at: int, size: int) -> bytes:
        return bytes(self.memory.read(self.store, at, at + size))

    def write(self, at: int, data: bytes) -> None:
        self.memory.write(self.store, data, at)

    def size(self) -> int:
        return self.memory.data_len(self.store)

    def close(self) -> None:
        self.store.close()


class NodeKernel(Kernel):
    """In node, in a process of its own (host.mjs)."""

    def __init__(self, wasm: Path, streams: Path, argv=(), env=(), dirs=()):
        files = [str(streams / name) for name in ("stdin", "stdout", "stderr")]
        settings = [list(argv), dict(env), {guest: str(host) for guest, host in dict(dirs).items()}]
        command = [node(), "--no-warnings", HERE / "host.mjs", wasm, *files,
                   *map(json.dumps, settings)]  # fmt: skip
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.exports = None
        self.start()

    def start(self) -> None:
        """_initialize was called by node's own WASI.initialize."""
        self.scratch = self.alloc(self.SCRATCH)
        self.used = 0

    def ask(self, *request):
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "node ended"}')
        if "exit" in answer:
            raise Exit(answer["exit"])
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def call(self, name: str, *args: int):
        return self.ask("call", name, *args)

    def read(self, at: int, size: int) -> bytes:
        return bytes.fromhex(self.ask("read", at, size))

    def write(self, at: int, data: bytes) -> None:
        self.ask("write", at, data.hex())

    def size(self) -> int:
        return self.ask("size")

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def node() -> Path:
    """The pinned node, which is the pinned V8."""
    return tree("v8") / lkgr.load_lkgr(ROOT).releases["v8"].tools["node"][0]


def import_wasmtime() -> None:
    """Put the pinned wasmtime on the path, for good: it can be loaded but once."""
    path = str(tree("wasmtime"))
    if path not in sys.path:
        sys.path.insert(0, path)


HOSTS = {"wasmtime": WasmtimeKernel, "node": NodeKernel}
