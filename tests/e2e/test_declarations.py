"""The prototypes of messages about types: clang takes each for one of the same function."""

import pytest

from muslfall.libc import prototypes
from muslfall.wasm import module as wasm


@pytest.fixture(scope="module")
def lines(lkgr):
    return (lkgr / prototypes.INDEX).read_text().splitlines()


def test_each_is_what_its_header_declares(lines, shell, place):
    """As a second declaration, which C allows if the types are the same."""
    found = [line.split("\t", 1)[1].split(": ", 1) for line in lines]
    headers = sorted({header for header, _ in found})
    text = "#define _GNU_SOURCE\n" + "".join(f"#include <{header}>\n" for header in headers)
    for _, declaration in found:
        name = prototypes.function_name(declaration)
        text += f"#undef {name}\n{declaration};\n"
    (place / "all.c").write_text(text)
    shell("musl-clang -std=c11 -Werror -fsyntax-only all.c")


def test_what_the_libc_exports_has_one(lines, lkgr):
    exports = wasm.parse((lkgr / "musl.wasm").read_bytes()).exports
    names = {line.split("\t")[0] for line in lines}
    functions = {n for n, e in exports.items() if e.kind == "function" and not n.startswith("_")}
    # Functions without a declaration in any header: musl's syscall stubs, and stdio_ext's fpurge.
    assert functions - names == {
        "capset",
        "capget",
        "init_module",
        "delete_module",
        "pivot_root",
        "fpurge",
    }
