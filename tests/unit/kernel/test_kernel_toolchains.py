"""Other toolchains: every LLVM at hand compiles a kernel that works."""

import contextlib

import pytest
from kit.kernel_calls import O_CREAT, O_WRONLY, opened
from kit.kernel_hosts import HOSTS, ROOT, compile_kernel, import_wasmtime, tree

from muslfall.pins import lkgr

FETCHED = {path.name for path in ROOT.glob("out/pinned/llvm-*")}
LKGR = lkgr.load_lkgr(ROOT).releases["llvm"].name


@pytest.mark.parametrize("llvm", sorted(FETCHED | {LKGR}))
def test_each_fetched_llvm_compiles_it(llvm, tmp_path, folder):
    top = tree("llvm") if llvm == LKGR else ROOT / "out/pinned" / llvm
    for name in ("stdin", "stdout", "stderr"):
        (tmp_path / name).touch()
    import_wasmtime()
    wasm = compile_kernel(tmp_path, top / "ziglang/zig")
    k = HOSTS["wasmtime"](wasm, tmp_path, dirs={"/home": folder})
    with contextlib.closing(k):
        assert k.sys("write", opened(k, "f", O_CREAT | O_WRONLY), b"1", 1) == 1
    assert (folder / "f").read_bytes() == b"1"
