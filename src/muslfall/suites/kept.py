"""Programs of a suite that are kept: built once for builds that differ in their engines alone.

The notes beside the programs say which were built, and why others could not be, with KEY: all that
they are made from. Under another key, or when a program is not what it was, it is built.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from muslfall.base.files import digest, write_if_changed
from muslfall.pins.variant import Variant
from muslfall.suites.build import Built, Compiler
from muslfall.suites.suite import Case

NAME = "built.json"


class KeptCompiler(Compiler):
    """A suite's compiler that builds what it has not built already.

    key: what the programs are made from; None: that is not known, and nothing is kept.
    """

    def __init__(self, variant: Variant, folder: Path, key: Mapping[str, object] | None) -> None:
        super().__init__(variant, folder)
        self.key = key
        self.before = read(folder / NAME, key)
        self.now: dict[str, dict] = {}

    def build(self, case: Case, opt: str) -> Built:
        """Compile and link a test, unless that was done."""
        path = self.folder / f"{case.name}.wasm"
        known = self.before.get(case.name)
        if known and known["sha256"] == made(path, known["stage"]):
            self.now[case.name] = known
            dropped = tuple(known.get("dropped", ()))
            return Built(known["stage"], known["said"], 0.0, path, dropped)
        built = super().build(case, opt)
        sha256 = made(path, built.stage)
        noted = {"stage": built.stage, "said": built.said, "dropped": built.dropped}
        self.now[case.name] = {**noted, "sha256": sha256}
        return built

    def keep(self) -> None:
        """Note what there is now."""
        if self.key is not None:
            text = json.dumps({"key": self.key, "built": self.now}, indent=1, sort_keys=True)
            write_if_changed(self.folder / NAME, text + "\n")


def read(file: Path, key: Mapping[str, object] | None) -> dict[str, dict]:
    """The notes under this key."""
    if key is None or not file.exists():
        return {}
    noted = json.loads(file.read_text(encoding="utf-8"))
    return noted["built"] if noted["key"] == key else {}


def made(path: Path, stage: str) -> str | None:
    """The sha256 of a program; None: it could not be built, or is gone."""
    return None if stage or not path.exists() else digest(path)
