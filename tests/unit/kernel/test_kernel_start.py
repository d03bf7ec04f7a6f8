"""What a program begins with: the start block, and the stack."""

import struct

import pytest
from kit.kernel_calls import GRANULE, mapped
from kit.kernel_hosts import WasmtimeKernel


def start_block(k):
    at = k.call("__kernel_start") & 0xFFFFFFFF
    words = struct.unpack("<200I", k.read(at, 800))
    argc, words = words[0], words[1:]
    argv, rest = words[:argc], words[argc + 1 :]
    assert words[argc] == 0
    envc = rest.index(0)
    aux = rest[envc + 1 :]
    pairs = dict(zip(aux[::2], aux[1::2], strict=True))
    return [k.string(p) for p in argv], [k.string(p) for p in rest[:envc]], pairs


def test_start_block(start):
    k = start(argv=["prog", "one two", ""], env={"A": "1", "B": "x=y"})
    argv, env, aux = start_block(k)
    assert argv == [b"prog", b"one two", b""]
    assert sorted(env) == [b"A=1", b"B=x=y"]
    assert aux[6] == GRANULE and aux[23] == 0 and aux[17] == 100
    assert aux[11] == aux[12] == 1000
    assert k.string(aux[31]) == b"prog"
    assert any(k.read(aux[25], 16))


def test_nothing_lies_below_the_stack(start):
    k = start()
    stack = 8 << 20
    assert all(k.alloc(size) >= stack for size in (1, GRANULE, 1 << 20))
    assert mapped(k, GRANULE) >= stack and k.sys("brk", 0) >= stack
    unused = k.read(0, stack - (1 << 16))  # what is above has been in use
    assert not any(unused)


@pytest.mark.parametrize("rights", [None, 0])
def test_a_host_that_tells_no_rights_gets_output(wasm, tmp_path, rights):
    """Without fd_fdstat_get (ENOSYS is 52), or with one that reports no rights."""

    def fdstat(kernel, fd, at):
        if rights is None:
            return 52
        kernel.write(at & 0xFFFFFFFF, bytes(24))
        return 0

    for name in ("stdin", "stdout", "stderr"):
        (tmp_path / name).write_bytes(b"in")
    overrides = {"fd_fdstat_get": (["i32", "i32"], fdstat)}
    k = WasmtimeKernel(wasm, tmp_path, overrides=overrides)
    assert k.sys("write", 1, b"out", 3) == 3
    room = k.room(8)
    assert k.sys("read", 0, room, 8) == 2 and k.read(room, 2) == b"in"
    k.close()
    assert (tmp_path / "stdout").read_bytes() == b"out"
