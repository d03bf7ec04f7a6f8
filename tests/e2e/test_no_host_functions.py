"""Between hello, musl.wasm and the kernel there is no function of the host: all imports walked."""

from __future__ import annotations

import pytest
from kit.imports_walk import functions, host_functions, passed, walk

from muslfall import ROOT
from muslfall.hosts import engines


@pytest.mark.parametrize("name", engines.HOSTS)
def test_hello(name, lkgr):
    folder = f"--dir={ROOT}/tests/programs/data::/data"
    words = ["--strict", folder, f"{lkgr}/programs/hello.wasm", f"{lkgr}/musl.wasm"]
    _, instances = walk(name, lkgr, *words)
    assert host_functions(instances) == []
    owners = [item["from"] for instance in instances for item in functions(instance)]
    assert -1 not in owners
    assert "printf" in passed(instances, "__main_argc_argv", "__init_libc")
    syscalls = passed(instances, "__init_libc", "__kernel_start")
    assert {f"__syscall{n}" for n in range(7)} >= syscalls >= {"__syscall1", "__syscall3"}
