"""Whose functions the instances of a program import, in both engines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from kit import engine_v8
from kit.loader_cases import ROOT, wasmtime_path

HERE = Path(__file__).parent
WASI = "wasi_snapshot_preview1"


def walk(host: str, folder: Path, *words: str) -> tuple[int, list[dict]]:
    """Run a program in `folder`: its status, and its instances as walk_imports.js has them."""
    path = os.pathsep.join([str(ROOT / "src"), str(wasmtime_path())])
    command = {
        "d8": [engine_v8.node(), "--no-warnings", HERE / "walk_imports.js", engine_v8.WASM_JS],
        "wasmtime": [sys.executable, HERE / "walk_imports.py"],
    }[host]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path}
    done = subprocess.run(
        [*command, *words], cwd=folder, env=environment, capture_output=True, timeout=60
    )
    found = json.loads(done.stderr.splitlines()[-1])
    return found["status"], found["instances"]


def functions(instance: dict) -> list[dict]:
    return [item for item in instance["imports"] if item["kind"] == "function"]


def host_functions(instances: list[dict]) -> list[str]:
    """The functions of the host that are imported, but for WASI's by the kernel."""
    return [
        f"{item['module']}.{item['name']}"
        for instance in instances
        for item in functions(instance)
        if item["from"] == "host"
        and not (item["module"] == WASI and "__kernel_start" in instance["exports"])
    ]


def passed(instances: list[dict], importer: str, exporter: str) -> set[str]:
    """The functions that go from one instance to another, each known by one of its exports."""
    return {
        item["name"]
        for instance in instances
        if importer in instance["exports"]
        for item in functions(instance)
        if isinstance(item["from"], int) and exporter in instances[item["from"]]["exports"]
    }
