"""A build as the front door runs it: one at a time per variant, by Ninja or by SCons."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from muslfall.base import locks
from muslfall.base.files import point
from muslfall.build import clock, ninja
from muslfall.fetch import links
from muslfall.pins.variant import Variant, place

#: What of a libc's folder the variants have in theirs that share it.
SHARED = (
    "musl.wasm",
    "musl.wast",
    "kernel.wasm",
    "wasm.js",
    "manifest.toml",
    "programs",
    "sysroot",
)


@contextmanager
def lock(variant: Variant, shared: bool = False) -> Iterator[None]:
    """Hold the lock of the variant's libc; a second build of it waits, and says so.

    shared: for those who only use what is built, such as suites; several may, but no build.
    """
    text = f"{variant.libc_name}: another build or suite of it is running; waiting"
    # Ninja and its commands hold it too: they may outlive a front door that is killed.
    with locks.held(
        Path(f"{variant.libc_out}.lock"),
        lambda: print(text, file=sys.stderr),
        shared=shared,
        inherited=True,
    ):
        yield


def build(variant: Variant, flags: Sequence[str], targets: Sequence[str] = ()) -> bool:
    """Build the variant's targets (default: all); returns whether everything went well.

    flags: -jN, -v, -d explain, as Ninja has them.
    """
    provide(variant)
    if variant.backend == "scons":
        return scons(variant, flags, targets) == 0
    ninja_file = f"{variant.out}/build.ninja"
    clock.mend(Path(variant.libc_out))
    if needs_graph(Path(ninja_file)) and generate(variant) != 0:
        return False
    link_libc(variant)
    link_lkgr(variant)
    return ninja.run(ninja_file, [*flags, *targets]) == 0


def needs_graph(ninja_file: Path) -> bool:
    """Whether a build.ninja has to be written, and Ninja would not see it by itself."""
    if not ninja_file.exists():
        return True
    if not clock.is_ahead(ninja_file.stat().st_mtime):
        return False
    from muslfall.build import graph  # slow to import, and seldom needed

    return clock.is_stale(ninja_file, graph.regenerate_inputs())


def provide(variant: Variant) -> None:
    """Have every component linked in out/pinned; fetches when one is not."""
    missing = [release for release in variant.releases() if not os.path.isdir(place(release))]
    if not missing:
        return
    from muslfall.base import progress
    from muslfall.fetch import fetcher

    own = list(variant.build.releases.values())
    with progress.show() as shown:
        # Both may be an LLVM, and trees are by component.
        for wanted in ([r for r in missing if r in own], [r for r in missing if r not in own]):
            links.link(Path(), fetcher.ensure(wanted, progress=shown))


def link_lkgr(variant: Variant) -> None:
    """Point out/lkgr at the LKGR's variant, atomically."""
    if variant.is_lkgr:
        point(Path("out/lkgr"), variant.name)


def link_libc(variant: Variant) -> None:
    """Show the libc of a variant that has none of its own in its folder, by links."""
    if variant.libc_out == variant.out:
        return
    os.makedirs(variant.out, exist_ok=True)
    for name in SHARED:
        link, target = Path(variant.out, name), f"../{variant.libc_name}/{name}"
        # Once every variant had a libc of its own.
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)
        point(link, target)


def generate(variant: Variant) -> int:
    """Write the variant's build.ninja; returns SCons' exit status."""
    return run_scons("-s", "--generate", *variant.assignments())


def run_scons(*words: str) -> int:
    """Run SCons on SConstruct, without the caller's SCONSFLAGS; returns its exit status."""
    env = {name: value for name, value in os.environ.items() if name != "SCONSFLAGS"}
    return subprocess.call([sys.executable, "-m", "SCons", "-Q", *words], env=env, close_fds=False)


def scons(variant: Variant, flags: Sequence[str], targets: Sequence[str]) -> int:
    """Build with SCons itself; returns its exit status."""
    words = [{"explain": "--debug=explain"}.get(flag, flag) for flag in flags if flag != "-d"]
    words = [word for word in words if word != "-v"]
    if not any(word.startswith("-j") for word in words):
        words.append(f"-j{len(os.sched_getaffinity(0))}")
    if "-v" not in flags:
        words.append("-s")
    words += [*variant.assignments(), "backend=scons", *targets]
    return run_scons(*words)
