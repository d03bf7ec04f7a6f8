"""Which header of musl, of the port and of the build is installed where."""

from __future__ import annotations

from pathlib import Path

from muslfall.base.files import write_if_changed
from muslfall.libc.prototypes import MUSLS_OWN


def sysroot_headers(musl: Path, port: Path, generated: Path) -> dict[str, Path]:
    """Installed header to the file that it is, by the rule of musl's Makefile (install-headers).

    musl's public headers, and for bits/ the port's before the generic ones and after the
    generated ones. Where the port's include/ has a header, musl's own is in musl/, for it to
    include.
    """
    found = {
        path.relative_to(musl / "include").as_posix(): path
        for path in (musl / "include").glob("**/*.h")
    }
    for path in (port / "include").glob("*.h"):
        found |= {f"{MUSLS_OWN}/{path.name}": found[path.name], path.name: path}
    for folder in (musl / "arch/generic/bits", port / "bits"):
        found |= {f"bits/{path.name}": path for path in folder.glob("*.h")}
    found |= {f"bits/{name}.h": generated / f"bits/{name}.h" for name in ("alltypes", "syscall")}
    return dict(sorted(found.items()))


def write_header_list(path: Path, port: Path) -> None:
    """The names of the port's headers, a line each: what libc's sources are compiled anew for.

    A compiler's list of what a source includes has no header that was not there yet, and one that
    is new in the port comes before musl's of its name. Those in include/ are for programs.
    """
    names = sorted(
        header.relative_to(port).as_posix()
        for header in port.glob("**/*.h")
        if header.parent != port / "include"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_if_changed(path, "".join(f"{name}\n" for name in names))
