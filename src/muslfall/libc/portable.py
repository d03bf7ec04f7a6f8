"""Which files make the libc: musl's portable sources, and the port's twins and additions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

#: The port's folder, relative to the checkout; musl calls this $(srcdir)/arch/$(ARCH).
PORT = "arch/wasm32"
#: What musl's Makefile builds of src/ (BASE_SRCS, with its default malloc).
GLOBS = ("src/*/*.c", "src/malloc/mallocng/*.c")
#: Parts of musl that the port leaves out, and why.
LEFT_OUT = {
    "crt": "a dynamic program is started by its loader (arch/wasm32/LOADER.md)",
    "ldso": "the loader is the dynamic linker (arch/wasm32/LOADER.md)",
    "src/malloc/oldmalloc": "musl's default malloc is mallocng",
}


@dataclass(frozen=True)
class Sources:
    """The files of a libc, by their keys.

    built: key to path; a key is the path inside musl, or inside the checkout for the port's.
    replaced: keys of musl's files that have a twin in the port.
    left_out: keys of musl's files that the port leaves out, to the reason.
    """

    built: Mapping[str, Path]
    replaced: tuple[str, ...]
    left_out: Mapping[str, str]


def find(musl: Path, root: Path) -> Sources:
    """The sources of the musl unpacked in `musl`, with the port of the checkout `root`."""
    port = {path.relative_to(root).as_posix(): path for path in port_files(root)}
    twins = {key.removeprefix(f"{PORT}/") for key in port}
    found = {path.relative_to(musl).as_posix(): path for g in GLOBS for path in musl.glob(g)}
    own = {key: path for key, path in found.items() if key not in twins}
    left_out = {
        path.relative_to(musl).as_posix(): reason
        for folder, reason in LEFT_OUT.items()
        for path in (musl / folder).glob("*.c")
    }
    return Sources(
        built=dict(sorted((own | port).items())),
        replaced=tuple(sorted(found.keys() & twins)),
        left_out=dict(sorted(left_out.items())),
    )


def port_files(root: Path) -> Iterator[Path]:
    """The port's own C files, in no order."""
    yield from (root / PORT / "src").glob("**/*.c")


def folders(root: Path) -> list[str]:
    """The port's source folders, relative to the checkout: a new file changes one of them."""
    top = root / PORT / "src"
    found = [top, *(path for path in top.glob("**/") if path != top)]
    return sorted(path.relative_to(root).as_posix() for path in found)
