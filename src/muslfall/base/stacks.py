"""The stack of calls that an engine uses: as deep as Linux lets a C program nest.

Linux gives a program 8 MiB. In wasm a frame lies in two stacks: what has an address in memory,
where the kernel has 8 MiB for it, the rest in the engine's own, of which wasmtime takes 512 KiB
(Config::max_wasm_stack) and V8 984 KiB (--stack-size). Both may take more if the process has it:
on Linux the stack of a process's first thread grows up to the limit of the moment, for which the
system keeps 128 MiB free (mmap_base in arch/x86/mm/mmap.c).
"""

from __future__ import annotations

import sys

#: Bytes for the engine, and for the whole process: the host itself runs on the same stack.
ENGINE = 16 << 20
PROCESS = 64 << 20


def provide() -> int | None:
    """Raise the limit of this process, and of what it starts, to PROCESS if that is allowed.

    Returns the bytes that an engine may use; None where its own default has to do.
    """
    if sys.platform != "linux":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft == resource.RLIM_INFINITY:
        return ENGINE
    room = PROCESS if hard == resource.RLIM_INFINITY else min(PROCESS, hard)
    if room > soft:
        resource.setrlimit(resource.RLIMIT_STACK, (room, hard))
    return min(ENGINE, max(room, soft) // 4)


def v8_flags() -> list[str]:
    """The options that node's command line needs for that; a process that was started by this one
    has it."""
    size = provide()
    return [] if size is None else [f"--stack-size={size >> 10}"]
