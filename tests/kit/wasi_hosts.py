"""WASI hosts as anybody has them: wasmtime's package and node:wasi, with no loader of ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from muslfall import ROOT
from muslfall.pins import lkgr as pins_lkgr

#: argv[1:]: the module, the folders as HOST::GUEST, NAME=VALUE, each list ended by --, arguments.
NODE = """
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";
const [module, ...words] = process.argv.slice(2);
const list = () => words.splice(0, words.indexOf("--") + 1).slice(0, -1);
const preopens = Object.fromEntries(list().map((pair) => pair.split("::").reverse()));
const env = Object.fromEntries(list().map((pair) => pair.split("=")));
const wasi = new WASI({ version: "preview1", args: [module, ...words], env, preopens });
const { instance } = await WebAssembly.instantiate(readFileSync(module), wasi.getImportObject());
process.exitCode = wasi.start(instance);
"""
WASMTIME = """
import sys
import wasmtime
module, *words = sys.argv[1:]
def listed():
    end = words.index("--")
    found = words[:end]
    del words[: end + 1]
    return [pair.split("::") for pair in found]
config = wasmtime.WasiConfig()
for host, guest in listed():
    config.preopen_dir(host, guest)
config.env = [tuple(pair.split("=")) for (pair,) in listed()]
config.argv = [module, *words]
config.inherit_stdin(), config.inherit_stdout(), config.inherit_stderr()
linker = wasmtime.Linker(wasmtime.Engine())
linker.define_wasi()
store = wasmtime.Store(linker.engine)
store.set_wasi(config)
instance = linker.instantiate(store, wasmtime.Module.from_file(linker.engine, module))
try:
    instance.exports(store)["_start"](store)
except wasmtime.ExitTrap as end:
    sys.exit(end.code)
"""
SCRIPTS = {"node": NODE, "wasmtime": WASMTIME}
HOSTS = tuple(SCRIPTS)


def run(
    host: str,
    module: Path,
    arguments: Sequence[str] = (),
    stdin: bytes = b"",
    dirs: Mapping[str, str] = {},
    env: Mapping[str, str] = {},
) -> subprocess.CompletedProcess[bytes]:
    """Run a WASI command. dirs: guest's name to the host's folder."""
    words = [str(module), *(f"{folder}::{guest}" for guest, folder in dirs.items()), "--",
             *(f"{name}={value}" for name, value in env.items()), "--", *arguments]  # fmt: skip
    return subprocess.run(
        [*command(host, module.parent), *words], input=stdin, capture_output=True, timeout=60
    )


def command(host: str, folder: Path, scripts: Mapping[str, str] = SCRIPTS) -> list[str]:
    """The host and its script, which is written into the folder."""
    lkgr = pins_lkgr.load_lkgr(ROOT).releases
    if host == "node":
        script = folder / "wasi_host.mjs"
        script.write_text(scripts[host])
        tree = ROOT / "out/pinned" / lkgr["v8"].name
        return [str(tree / lkgr["v8"].tools["node"][0]), "--no-warnings", str(script)]
    tree = ROOT / "out/pinned" / lkgr["wasmtime"].name
    code = f"import sys; sys.path.insert(0, {str(tree)!r})\n{scripts[host]}"
    return [sys.executable, "-I", "-B", "-c", code]
