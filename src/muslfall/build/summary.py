"""The outcome of a build, in lines for a person."""

from __future__ import annotations

import json
from pathlib import Path

from muslfall.pins.variant import Variant


def rejections(rejected: dict[str, dict[str, str]], limit: int = 5) -> list[str]:
    """The files that the toolchain rejected, a line each; many are counted by stage."""
    if len(rejected) <= limit:
        return [f"{key}: {why['stage']}: {why['diagnostic']}" for key, why in rejected.items()]
    stages = sorted({why["stage"] for why in rejected.values()})
    counts = {s: sum(why["stage"] == s for why in rejected.values()) for s in stages}
    return [f"{count} files rejected at stage {stage}" for stage, count in counts.items()]


def summarize(variant: Variant) -> int:
    """Print what was built and how the first program ran; returns the command's exit code."""
    report = json.loads(Path(variant.out, "report.json").read_text(encoding="utf-8"))
    shown = "out/lkgr" if variant.is_lkgr else variant.out
    files, module = report["files"], report["artifacts"]["reassemble"]
    excluded = f", {files['rejected']} rejected (see {shown}/manifest.toml)"
    print(
        f"{shown}/musl.wasm: {module['size']:,} bytes of {files['included']} files"
        + (excluded if files["rejected"] else "")
    )
    for line in rejections(report["rejected"]):
        print(f"  {line}")
    bad = failures(report["programs"])
    good = [name for name in report["programs"] if not any(name == program for program, _ in bad)]
    if good:
        print(f"{', '.join(good)}: as expected in V8 and in wasmtime")
    for name, problem in bad:
        print(f"{name} {problem}")
    hello = report["programs"].get("hello", {"hosts": {}})["hosts"].get("wasmtime")
    if hello:
        print("\n".join(f"  {line}" for line in hello["stdout"].splitlines()))
    return 1 if bad else 0


def failures(programs: dict[str, dict]) -> list[tuple[str, str]]:
    """The programs that did not run as they should, and what was wrong on which host."""
    return [
        (name, f"on {host}: {result['problem']}")
        for name, program in programs.items()
        for host, result in program["hosts"].items()
        if result["verdict"] != "pass"
    ]
