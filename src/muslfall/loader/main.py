"""The loader for wasmtime: `python -m muslfall.loader.main [option…] main.wasm [library.wasm…]
[-- argument…]`.

arch/wasm32/LOADER.md says what it does; wasm.js does the same in V8. It needs wasmtime's Python
package on PYTHONPATH.
"""

from __future__ import annotations

import _signal as signal  # signal itself makes enums of all that it has
import gc
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from muslfall.base import folders
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.values import Fresh, holder
from muslfall.loader import cache, module_file, program, resolution, summary
from muslfall.wasm import module as wasm

if TYPE_CHECKING:  # what not every program needs is imported where one does: it takes its time
    from muslfall.loader import machine, stack, trace
    from muslfall.loader.engines.interface import Handle, RawFrame
    from muslfall.loader.engines.wasmtime import Compiler, Part, Wasmtime

#: Every message begins with it.
LOADER = "loader"
NOT_LOADED = 127
FORMS = {
    "--dir": "HOST[::GUEST]",
    "--env": "NAME=VALUE",
    "--kernel": "PATH",
    "--debug": "FOLDER",
}
TRAPPED = 128 + signal.SIGABRT


@holder
class Options:
    """The command line. folders: (host, guest); environment: (name, value)."""

    paths: list[str] = Fresh(list)
    arguments: list[str] = Fresh(list)
    folders: list[tuple[str, str]] = Fresh(list)
    environment: list[tuple[str, str]] = Fresh(list)
    kernel: str | None = None
    strict: bool = False
    stats: bool = False
    no_cache: bool = False
    trace: bool = False
    debug: list[str] = Fresh(list)


def parse(argv: Sequence[str]) -> Options:
    """Read the command line. Raises UsageError."""
    options = Options()
    words = list(argv[1:] if argv and argv[0] == "--" else argv)
    if "--" in words:
        end = words.index("--")
        words, options.arguments = words[:end], words[end + 1 :]
    for word in words:
        if word.startswith("-"):
            _option(options, word)
        else:
            options.paths.append(word)
    if not options.paths:
        raise UsageError("no main module: [option…] main.wasm [library.wasm…] [-- argument…]")
    _check_text([*options.paths[:1], *options.arguments, *sum(options.environment, ())])
    return options


def _option(options: Options, word: str) -> None:
    name, equals, value = word.partition("=")
    if word == "--strict":
        options.strict = True
    elif word == "--stats":
        options.stats = True
    elif word == "--no-cache":
        options.no_cache = True
    elif word == "--trace":
        options.trace = True
    elif name == "--kernel" and value:
        options.kernel = value
    elif name == "--debug" and value:
        options.debug.append(value)
    elif name == "--dir" and value:
        host, _, guest = value.partition("::")
        if not os.path.isdir(host):
            raise UsageError(f"{word}: no such directory")
        options.folders.append((host, guest or host))
    elif name == "--env" and "=" in value and not value.startswith("="):
        variable, _, text = value.partition("=")
        options.environment.append((variable, text))
    elif name in FORMS:
        form = FORMS[name]
        raise UsageError(f"{word}: expected {name}={form}")
    else:
        raise UsageError(f"unknown option {name if equals else word}")


def _check_text(texts: Sequence[str]) -> None:
    """WASI passes on text in UTF-8 only."""
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UsageError(f"{os.fsencode(text)!r} is not UTF-8") from None


def say(text: str) -> None:
    """One line of the loader's own on stderr."""
    from muslfall.loader.escaped import escaped

    write_line(f"{LOADER}: {escaped(text)}")


def write_line(text: str) -> None:
    """One line on stderr."""
    sys.stderr.flush()
    os.write(2, f"{text}\n".encode(errors="surrogateescape"))


def opened(module: wasm.Module, names: Sequence[str]) -> wasm.Module:
    """The module that is compiled instead of one some of whose functions are interposed."""
    from muslfall.wasm import interposition

    return wasm.Module(interposition.opened(module, names), module.path)


class Clock:
    """Milliseconds of each phase; None of one that was not reached."""

    def __init__(self) -> None:
        self.times: dict[str, float | None] = {"load_ms": None, "link_ms": None, "run_ms": None}
        self.last = time.perf_counter()

    def lap(self, name: str) -> None:
        """The time since the last lap is that of the phase name."""
        now = time.perf_counter()
        self.times[name] = round((now - self.last) * 1000, 3)
        self.last = now


class Shared:
    """The parts that the programs of one process share: libraries, read and compiled."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.files: dict[str, bytes] = {}
        self.modules: dict[bytes, wasm.Module] = {}

    def keep(self, path: str) -> None:
        """Read and compile a library now. Raises OSError, WasmError, wasmtime.WasmtimeError."""
        data = self.files[path] = Path(path).read_bytes()
        module = self.modules[data] = wasm.parse(data, path)
        self.compiler.keep(module)

    def read(self, path: str) -> bytes:
        return self.files[path] if path in self.files else module_file.read(path)

    def read_named(self, path: str) -> bytes:
        return self.files[path] if path in self.files else module_file.read_named(path)

    def parse(self, data: bytes, path: str) -> wasm.Module:
        return self.modules.get(data) or wasm.parse(data, path)


def open_cache(options: Options) -> cache.Cache | None:
    """The cache of compiled modules, unless it is not wanted or there is no place for one."""
    folder = None if options.no_cache else folders.cache_path()
    return cache.Cache(folder / "compiled") if folder else None


class ProgramRun:
    """One program, from its files to its end, and what there is to tell of it."""

    def __init__(self, options: Options, shared: Shared | None) -> None:
        self.options = options
        self.shared = shared
        self.read = shared.read if shared else module_file.read
        self.read_named = shared.read_named if shared else module_file.read_named
        self.cache = None if shared else open_cache(options)
        self.clock = Clock()
        self.names: trace.Names | None = None
        self.tracer: trace.Tracer | None = None
        self.engine: Wasmtime | None = None
        self.memory: Handle | None = None
        self.counter: machine.Counter | None = None
        self.told: dict[str, object] | None = None
        self.changed: dict[int, wasm.Module] = {}

    def run(self) -> int:
        """Load and run the program. Returns its status; raises program.LoadError."""
        source = program.read(
            self.options.paths, self.options.kernel, self.read, self.parse, self.read_named
        )
        plan = resolution.resolve(source, self.options.strict, self.declared)
        # Now, not sooner: it takes longer than all of the above.
        from muslfall.loader import machine
        from muslfall.loader.engines.interface import Exit, Trapped
        from muslfall.loader.engines.wasmtime import Compiler, Wasmtime

        compiler = self.shared.compiler if self.shared else Compiler(cache=self.cache)
        self.engine = Wasmtime(compiler)
        try:
            status = self.execute(machine.Machine(source, say, self.engine), plan)
        except Exit as end:
            status = end.status
            self.clock.lap("run_ms")
            self.tell_of_abort(plan, end.frames)
        except Trapped as trap:
            status = TRAPPED
            self.clock.lap("run_ms")
            self.tell(plan, f"trap: {trap}", str(trap), trap.frames)
        else:
            self.clock.lap("run_ms")
        return status

    def tell_of_abort(self, plan: resolution.Resolved, frames: Sequence[RawFrame]) -> None:
        """Say where abort was called, if it was."""
        if not frames:
            return
        from muslfall.loader import stack

        for frame in self.stack(plan, frames).frames:
            if stack.name_of(frame.unit.wasm, frame.function) == "abort":
                return self.tell(plan, "aborted", "abort", frames, "abort")

    def tell(
        self,
        plan: resolution.Resolved,
        text: str,
        reason: str,
        raw: Sequence[RawFrame],
        innermost: str | None = None,
    ) -> None:
        """Say why the program ended, and where. innermost: a function; those that it calls are
        not told of."""
        from muslfall.loader import stack

        say(text)
        frames, whole = self.stack(plan, raw)
        names = [stack.name_of(frame.unit.wasm, frame.function) for frame in frames]
        found = stack.Stack(frames[names.index(innermost) :] if innermost else frames, whole)
        teller = stack.Teller(self.read_named, self.options.debug)
        for line in teller.texts(found):
            say(line)
        if self.options.stats:
            shown, left_out = stack.chosen(found)
            told = [teller.describe(frame) for frame in shown]
            self.told = {"reason": reason, "frames": told, "left_out": left_out}

    def stack(self, plan: resolution.Resolved, raw: Sequence[RawFrame]) -> stack.Stack:
        """The engine's frames, in terms of the modules as they were read."""
        from muslfall.loader import stack
        from muslfall.loader.engines.wasmtime import FRAMES

        found = (self.frame(plan, frame) for frame in raw)
        return stack.Stack([frame for frame in found if frame], len(raw) < FRAMES)

    def frame(self, plan: resolution.Resolved, raw: RawFrame) -> stack.Frame | None:
        """A frame of a module of the program; None for one of the loader's own."""
        from muslfall.loader import stack

        kind, _, digest = raw.tag.partition(" ")
        place = self.place(plan, digest)
        if place is None:
            return None
        unit = plan.program.units[place]
        function = self.function(plan, place, kind, raw.function)
        start = None if function is None else stack.body_start(unit.wasm, function)
        if start is None:
            return None
        # Where a stack is exhausted, wasmtime says the function alone: that is at its beginning.
        return stack.Frame(unit, function, start + (raw.offset or 0))

    def place(self, plan: resolution.Resolved, digest: str) -> int | None:
        """The first unit that was compiled of a module with this digest."""
        units = enumerate(plan.program.units)
        compiled = ((place, self.changed.get(place, unit.wasm)) for place, unit in units)
        return next((place for place, one in compiled if one.digest.hex() == digest), None)

    def function(
        self, plan: resolution.Resolved, place: int, kind: str, function: int
    ) -> int | None:
        """The index that a function of what was compiled has in the module as it was read; None of
        one that only calls another, by the cell of an interposed one."""
        from muslfall.loader import reachable
        from muslfall.loader.engines.wasmtime import PART

        module = plan.program.units[place].wasm
        kept: Sequence[int] | None = range(len(module.functions))
        if kind == PART:
            kept = reachable.kept(
                plan.program.units[place], resolution.asked(plan, place), self.read_named
            )
        interposed = [module.exports[name].index for name in plan.interposed(place)]
        if kept is None or function >= len(kept) + len(interposed):
            return None
        if function >= len(kept):
            return interposed[function - len(kept)]
        return None if kept[function] in interposed else kept[function]

    def parse(self, data: bytes, path: str) -> wasm.Module:
        """The facts about a module. Raises wasm.WasmError."""
        if self.shared:
            return self.shared.parse(data, path)
        if self.cache is None:
            return wasm.parse(data, path)
        return summary.parse(data, path, self.cache)

    def part(self, plan: resolution.Resolved, place: int) -> Part | None:
        """The part of a module that the program reaches; None where all is wanted."""
        interposed = plan.interposed(place)
        if self.shared and not interposed:
            return None
        from muslfall.loader.engines.wasmtime import Part

        names = resolution.asked(plan, place)

        def module() -> bytes | None:
            from muslfall.loader import reachable

            data = reachable.find(plan.program.units[place], names, self.read_named)
            return opened(wasm.parse(data), interposed).data if data and interposed else data

        return Part(names, module)

    def declared(self, libc: str, name: str) -> str | None:
        """A function's prototype, for a message."""
        from muslfall.libc import prototypes

        return prototypes.reader(self.read_named)(libc, name)

    def execute(self, machine: machine.Machine, plan: resolution.Resolved) -> int:
        """Compile, link and start."""
        units = enumerate(plan.program.units)
        self.changed = {
            place: opened(unit.wasm, names)
            for place, unit in units
            if (names := plan.interposed(place))
        }
        codes = machine.compile_all(lambda place: self.part(plan, place), self.changed)
        options = self.options
        arguments = [options.paths[0], *options.arguments]
        if plan.program.has_kernel or plan.program.is_command:
            machine.set_wasi(arguments, options.environment, options.folders)
        self.clock.lap("load_ms")
        if plan.program.is_command:
            self.memory = machine.link_command(codes[0])
            self.clock.lap("link_ms")
            return machine.run_command()
        from muslfall.loader.machine import Loading

        environment = ["=".join(pair) for pair in options.environment]
        space, layout = machine.allocate(plan, codes, arguments, environment)
        self.memory = space.memory
        if plan.program.has_kernel and (options.stats or options.trace):
            self.counter = self.count(machine, plan.program.units[-1].path)
        loading = Loading(machine, plan, codes, space, layout, self.counter)
        loading.link()
        self.clock.lap("link_ms")
        return machine.start(loading)

    def count(self, machine: machine.Machine, kernel: str) -> machine.Counter:
        """The counter of system calls, which traces them if asked for. kernel: its path."""
        from muslfall.loader import trace
        from muslfall.loader.machine import Counter

        self.names = trace.read_names(kernel, self.read_named)
        if self.options.trace:
            self.tracer = trace.Tracer(self.names, self.read_memory, write_line)
        return Counter(machine, self.tracer)

    def read_memory(self, address: int, size: int) -> bytes:
        """The bytes of the program's memory, fewer if it ends before."""
        return self.engine.read(self.memory, address, size)

    def finish(self) -> None:
        """Tell what is left to tell, and give the engine back."""
        if self.tracer:
            self.tracer.finish()
        if self.options.stats:
            import json

            write_line(json.dumps(self.stats()))
        if self.engine:
            self.engine.close()

    def stats(self) -> dict[str, object]:
        """What --stats prints."""
        times = self.clock.times
        if times["load_ms"] is None:
            self.clock.lap("load_ms")
        if times["link_ms"] is None:
            times["run_ms"] = None
        calls = self.counter.made() if self.counter else {}
        return {
            **times,
            "memory_bytes": 0 if self.memory is None else self.engine.memory_size(self.memory),
            "trap": self.told,
            "syscalls": {self.names.call(number): count for number, count in calls.items()},
        }


def load(options: Options, shared: Shared | None = None) -> int:
    """Load and run a program, and say why if it cannot be. Returns its status, or 127."""
    run = ProgramRun(options, shared)
    try:
        status = run.run()
    except program.LoadError as error:
        for problem in error.problems:
            say(str(problem))
        status = NOT_LOADED
    finally:
        run.finish()
    return status


def main(argv: Sequence[str] | None = None, shared: Shared | None = None) -> int:
    """Returns the exit status: the program's, 127, 134, or 2."""
    try:
        return load(parse(sys.argv[1:] if argv is None else argv), shared) & 0xFF
    except ImportError as error:
        say(f"wasmtime's Python package is not on PYTHONPATH: {error}")
        return NOT_LOADED
    except MuslfallError as error:
        say(str(error))
        return error.exit_code


def process() -> NoReturn:
    """Run the command line in this process, and end it."""
    # wasm code does not return to Python on a signal: let it end the process.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The process is a short one: neither collecting garbage nor taking an engine apart pays.
    gc.disable()
    status = main()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    process()
