"""Random syscalls with random arguments: the kernel never traps, hangs or writes elsewhere."""

import random
import struct
import time

import pytest
from kit.kernel_hosts import TABLE, Exit, WasmtimeKernel

SECONDS = 5
GRANULE = 4096
NUMBERS = [row.number for row in TABLE.syscalls]
ROWS = {row.number: row for row in TABLE.syscalls}
FLAGS = [0, 1, 2, 64, 0o102, 0o2102, 0o1102, 0o200000, 0o4000, 0x100, 0x200, 0x1000, 0x22, 0x32]
PATHS = [b"f", b"d", b"d/f", b".", b"..", b"/", b"/home", b"ln", b"d/../f", b"../x", b"", b"f/",
         b"/dev/null", b"/dev/zero", b"/dev/urandom", b"/proc/self/fd/3", b"/dev/fd/9",
         b"/tmp", b"/tmp/f", b"/tmp/d", b"/tmp/d/f", b"/tmp/d/../ln", b"/tmp/ln/f", b"/dev/shm/f",
         b"x" * 300, b"no/such"]  # fmt: skip

#: Nothing sleeps here: what would wait moves this clock on.
now = 0


def clock_time_get(kernel, clock, precision, at):
    kernel.write(at, struct.pack("<Q", now % 2**64))
    return 0


def poll_oneoff(kernel, subscriptions, events, count, used):
    """The time of the first clock has passed; nothing else ever happens."""
    global now
    for i in range(count):
        data = kernel.read(subscriptions + 48 * i, 48)
        if data[8] == 0:
            now += struct.unpack_from("<Q", data, 24)[0]
            kernel.write(events, struct.pack("<QHBxxxxx", *struct.unpack_from("<Q", data), 0, 0))
            kernel.write(used & 0xFFFFFFFF, struct.pack("<I", 1))
            return 0
    raise Exit(-1)  # a wait for ever


OVERRIDES = {
    "clock_time_get": (["i32", "i64", "i32"], clock_time_get),
    "poll_oneoff": (["i32", "i32", "i32", "i32"], poll_oneoff),
}


@pytest.fixture
def start(wasm, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    for name in ("stdin", "stdout", "stderr"):
        (tmp_path / name).write_bytes(b"")
    return lambda: WasmtimeKernel(wasm, tmp_path, dirs={"/home": work}, overrides=OVERRIDES)


def handler_trapped(kernel, error) -> bool:
    """A guest's signal handler that is no function of that type is the guest's own trap."""
    wasmtime = kernel.wasmtime
    own = {
        wasmtime.TrapCode.INDIRECT_CALL_TO_NULL,
        wasmtime.TrapCode.BAD_SIGNATURE,
        wasmtime.TrapCode.TABLE_OUT_OF_BOUNDS,
    }
    return isinstance(error, wasmtime.Trap) and error.trap_code in own


class Guest:
    """A program gone mad, with some memory of its own between two guarded regions."""

    SIZE = 1 << 17

    def __init__(self, kernel, rng, wild: bool, seen: set[str]) -> None:
        self.kernel, self.rng, self.wild, self.seen = kernel, rng, wild, seen
        self.low = kernel.alloc(GRANULE)
        self.own = kernel.alloc(self.SIZE)
        self.high = kernel.alloc(GRANULE)
        assert (self.own - self.low, self.high - self.own) == (GRANULE, self.SIZE)
        for guard in (self.low, self.high):
            kernel.write(guard, b"\xa5" * GRANULE)
        for i, path in enumerate(PATHS):
            kernel.write(self.own + 512 * i, path + b"\0")
        for path, flags in ((".", 0o200000), ("f", 0o102), ("/dev/null", 2)):
            kernel.sys("openat", -100, path, flags, 0)

    def address(self) -> int:
        kind = self.rng.randrange(10)
        if kind < 3:
            return self.own + 512 * self.rng.randrange(len(PATHS))
        if kind < 8 or not self.wild:
            return self.own + self.rng.randrange(self.SIZE) // 2 & -4
        return self.rng.choice([0, 1, GRANULE, 1 << 23, (1 << 23) + 5000, self.kernel.size(),
                                0xFFFFFFFF, self.rng.getrandbits(32)])  # fmt: skip

    def number(self) -> int:
        """Of some meaning; unless wild, no size that the guest's memory has not."""
        bits = 32 if self.wild else 16
        return self.rng.choice([
            0, 1, 2, 3, 4, 8, 64, -1, -100, self.rng.randrange(16), self.rng.randrange(4096),
            1 << self.rng.randrange(bits), self.rng.getrandbits(16), self.rng.getrandbits(bits),
        ])  # fmt: skip

    def word(self) -> int:
        return self.address() if self.rng.randrange(2) else self.number()

    def scribble(self) -> None:
        """Other bytes in the guest's memory: vectors, times, masks, flags."""
        words = [self.word() & 0xFFFFFFFF for _ in range(16)]
        at = self.own + 16384 + (self.rng.randrange(16384) & -4)
        self.kernel.write(at, struct.pack("<16I", *words))

    def argument(self, declaration: str) -> list[int]:
        """Words for one parameter: mostly of its kind, or else anything."""
        kind, name = declaration.rsplit(" ", 1)
        if declaration.startswith("off_t ") and "*" not in name:
            return [self.number(), self.rng.choice([0, 0, 0, -1, self.number()])]
        if not self.rng.randrange(6):
            return [self.word()]
        if name.endswith("path") or name in ("*old", "*new", "*target") and "char" in kind:
            return [self.own + 512 * self.rng.randrange(len(PATHS))]
        if "*" in name or name in ("addr", "newaddr", "end"):
            return [self.address()]
        if "fd" in name:
            return [self.rng.choice([-100, 0, 1, 2, 3, 4, 5, 6, 7, -100])]
        return [self.rng.choice(FLAGS) if "flags" in name else self.number()]

    def call(self) -> int:
        if not self.rng.randrange(20):
            words = [self.word() for _ in range(self.rng.randrange(7))]
            return self.kernel.number(self.number(), *words)
        row = ROWS[self.rng.choice(NUMBERS)]
        words = [word for arg in row.args for word in self.argument(arg)]
        result = self.kernel.number(row.number, *words)
        if result >= 0:
            self.seen.add(row.name)
        return result

    def guarded(self) -> bool:
        guards = (self.kernel.read(at, GRANULE) for at in (self.low, self.high))
        return all(guard == b"\xa5" * GRANULE for guard in guards)


def works(kernel) -> bool:
    """Whether the kernel still serves a program as it should."""
    at = kernel.call("__syscall6", 222, 0, 3 * GRANULE, 3, 0x22, -1, 0) & 0xFFFFFFFF
    if at > 0xFFFFF000:
        return at == 0x100000000 - 12
    zeroed = kernel.read(at, 3 * GRANULE) == bytes(3 * GRANULE)
    kernel.write(at, b"/dev/null\0")
    fd = kernel.number(56, -100, at, 1, 0)
    written = kernel.number(64, fd, at, 9) if fd >= 0 else 9
    return zeroed and written == 9 and kernel.number(215, at, 3 * GRANULE) == 0


def run(start, seed: int, wild: bool) -> tuple[int, set[str]]:
    """Fuzz for SECONDS; a new process whenever one ended. The calls made, and what succeeded."""
    rng = random.Random(seed)
    calls, seen = 0, set()
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        kernel = start()
        guest = Guest(kernel, rng, wild, seen)
        if rng.randrange(2):
            kernel.sys("rt_sigprocmask", 2, b"\xff" * 8, 0, 8)
        try:
            for i in range(2000):
                guest.scribble()
                calls += 1
                guest.call()
                if i % 50 == 0 and not wild:
                    assert guest.guarded(), f"seed {seed}: call {calls} wrote elsewhere"
            assert works(kernel), f"seed {seed}: after call {calls}"
        except Exit:
            pass
        except kernel.wasmtime.Trap as error:
            assert handler_trapped(kernel, error), f"seed {seed}: call {calls}: {error}"
        assert wild or guest.guarded(), f"seed {seed}: until call {calls}"
        kernel.close()
    return calls, seen


#: Some of what the fuzzer must get to work, or else it tests nothing.
REACHED = {"openat", "write", "read", "close", "mmap2", "brk", "statx", "dup3", "pipe2"}


@pytest.mark.parametrize("seed", [1])
def test_wild_pointers(start, seed):
    calls, seen = run(start, seed, wild=True)
    assert calls > 1000 and seen >= REACHED


@pytest.mark.parametrize("seed", [2])
def test_nothing_is_written_elsewhere(start, seed):
    calls, seen = run(start, seed, wild=False)
    assert calls > 1000 and seen >= REACHED
