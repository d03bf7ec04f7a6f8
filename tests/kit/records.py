"""Records of builds that are made up, for the tests of what reads them."""

from __future__ import annotations

from muslfall.pins import release
from muslfall.waterfall.record import Artifact, Component, HostResult, Record, Repository, Step

HEX = "a" * 64
LKGR = {"llvm": "2", "v8": "2", "wasmtime": "2", "wasm-tools": "1", "wabt": "1", "musl": "1"}
GREEN = (Step("fetch", "pass"), Step("hello", "pass", None, {"d8": HostResult("pass")}))
RED = (
    Step("fetch", "pass"),
    Step(
        "hello",
        "fail",
        "a step failed",
        {
            "wasmtime": HostResult("pass", None, {"pass": 6, "fail": 0}),
            "d8": HostResult("fail", "text: exit status 1", {"pass": 5, "fail": 1}, ("text",)),
        },
    ),
    Step("tcc", "skipped", "hello failed"),
)


def made(number=7, steps=GREEN, swaps=None, **changes) -> Record:
    """A record; green unless its steps say otherwise. swaps: releases other than LKGR's."""
    versions = {**LKGR, **(swaps or {})}
    fields = {
        "build": number,
        "scheduler": "llvm",
        "platform": "linux-x86_64",
        "variant": "llvm-1_musl-1_O2",
        "repositories": {
            name: Repository(subject="it") for name in (*release.COMPONENTS, "muslfall")
        },
        "components": {
            name: Component(version, f"{name}=={version}", f"{name}.whl", HEX)
            for name, version in versions.items()
        },
        "steps": steps,
        "artifacts": {"musl.wasm": Artifact(HEX, 5)},
    }
    return Record(**(fields | changes))
