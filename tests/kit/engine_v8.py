"""node and the d8 shim as the tests of wasm.js and of the shim start them."""

from __future__ import annotations

import atexit
import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from kit.loader_cases import ROOT

from muslfall.build import assemble_loader
from muslfall.pins import lkgr

D8 = ROOT / "src" / "muslfall" / "hosts" / "d8.js"
DRIVER = Path(__file__).with_name("wasm_js_driver.js")


def assembled() -> Path:
    """wasm.js of the checkout as it is, whatever is built; it goes when the tests end."""
    folder = tempfile.mkdtemp(prefix="wasm-js-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder, "wasm.js")
    assemble_loader.main([str(ROOT / "arch" / "wasm32" / "loader"), str(path)])
    return path


WASM_JS = assembled()


def node() -> Path:
    """The node program: $MUSLFALL_NODE, else the pinned one, fetched if need be."""
    if named := os.environ.get("MUSLFALL_NODE"):
        return Path(named)
    from muslfall.fetch import fetcher

    release = lkgr.load_lkgr(ROOT).releases["v8"]
    pinned = ROOT / "out" / "pinned" / release.name
    tree = pinned if pinned.exists() else fetcher.ensure([release])["v8"]
    return tree / release.tools["node"][0]


def run(*words: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run node with these words; gives the finished process with its output."""
    command = [str(word) for word in (node(), *words)]
    return subprocess.run(command, capture_output=True, timeout=120, **options)


def d8(*words: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the d8 shim with these words."""
    return run(D8, *words, **options)


def in_one_process(jobs: list[dict], folder: Path) -> list[tuple[int, bytes, bytes]]:
    """Run jobs (see wasm_js_driver.js) in one node in `folder`; status, stdout, stderr of each."""
    done = run(DRIVER, WASM_JS, input=json.dumps(jobs).encode(), cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    decode = base64.b64decode
    results = json.loads(done.stdout)
    return [(r["status"], decode(r["stdout"]), decode(r["stderr"])) for r in results]
