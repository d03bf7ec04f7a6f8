"""The libc's system calls, made to call each its own function of the kernel in a static program.

A system call whose number is known calls `__syscallN.NUMBER` instead of `__syscallN`, with the same
arguments, and `__syscall_cp.NUMBER` instead of `__syscall_cp` (musl's for cancellation points). So
wasm-ld sees which parts of the kernel a program uses, and leaves out the others; through the
dispatch of `__syscallN` it would have to keep them all. A function that calls with an unknown
number (syscall() itself, say) keeps the dispatch, and with it the whole kernel.
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from muslfall.base import guard
from muslfall.base.errors import MuslfallError
from muslfall.base.files import read_text, write, write_if_changed
from muslfall.libc.syscall_sites import Site, sites
from muslfall.wasm import module as wasm
from muslfall.wasm import relocation

ENTRIES = re.compile(r"__syscall([0-6]|_cp)")
#: Calls that are never made, by the end of the object's path and what is called: their parts of
#: the kernel stay away, and they are traps. A set-user-ID program makes sure of its first three
#: files, and there is none (the kernel's AT_SECURE is 0, its ids are equal); a thread-local segment
#: wants memory, and without the threads proposal clang makes none (arch/wasm32/README.md); a second
#: thread that calls exit waits, and there is none.
NEVER = {
    "src/env/__libc_start_main.o": ("__syscall3", "__syscall5"),
    "src/env/__init_tls.o": ("__syscall6",),
    "src/exit/exit.o": ("__syscall4",),
}
TRAP = "never"


def direct_name(site: Site) -> str | None:
    """The callee of a call in a static program; None: what it has already."""
    return None if site.number is None else f"{site.callee}.{site.number}"


def direct(data: bytes, assembly: str, path: str = "") -> tuple[bytes, list[Site]]:
    """The object with its system calls made direct, and its calls, in their order.

    assembly: what it was assembled from. Where that does not have the calls of the object, the
    object is given back as it is, and no call is known.
    """
    never = next((callees for end, callees in NEVER.items() if path.endswith(end)), ())
    found = [
        Site(site.callee, TRAP if site.callee in never else site.number)
        for site in sites(assembly, ENTRIES)
    ]
    if not any(site.number is not None for site in found):
        return data, found
    module = wasm.parse(data, path)
    if relocation.calls(module, ENTRIES.fullmatch) != [site.callee for site in found]:
        return data, [Site(site.callee, None) for site in found]
    return relocation.rename_calls(module, ENTRIES.fullmatch, list(map(direct_name, found))), found


def definitions(found: Iterable[Site]) -> str:
    """The text of direct.h: a line `DIRECT(N, NUMBER)` for each function that is called."""
    pairs = {
        (site.callee.removeprefix("__syscall"), str(site.number))
        for site in found
        if site.number is not None
    }
    lines = [f"DIRECT({words}, {number})\n" for words, number in sorted(pairs)]
    return "".join(
        ["/* Made from the libc's assembly by muslfall.libc.direct_syscalls. */\n", *lines]
    )


def main(argv: Sequence[str]) -> int:
    """Read a list of objects, each beside its assembly; write the objects, their list, direct.h."""
    parser = argparse.ArgumentParser(prog="python -m muslfall.libc.direct_syscalls")
    for name in ("objects", "list", "header", "folder"):
        parser.add_argument(name, type=Path)
    args = parser.parse_args(argv)
    objects = list(map(Path, read_text(args.objects).split()))
    if not objects:
        raise MuslfallError("names no object", args.objects)
    args.list.unlink(missing_ok=True)
    shutil.rmtree(args.folder, ignore_errors=True)
    found: list[Site] = []
    paths: list[Path] = []
    for path in objects:
        if path.suffix != ".o" or not path.is_relative_to(args.folder.parent):
            what = f"names {path}, which is no object in {args.folder.parent}"
            raise MuslfallError(what, args.objects)
        assembly = path.with_suffix(".s").read_text(encoding="utf-8", errors="replace")
        made = path
        if "__syscall" in assembly:
            data, own = direct(path.read_bytes(), assembly, str(path))
            found += own
            made = args.folder / path.relative_to(args.folder.parent)
            made.parent.mkdir(parents=True, exist_ok=True)
            write(made, data)
        paths.append(made)
    write_if_changed(args.header, definitions(found))
    write_if_changed(args.list, "".join(f"{path}\n" for path in paths))
    return 0


if __name__ == "__main__":
    guard.end(main)
