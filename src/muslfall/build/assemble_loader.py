"""The loader of V8, assembled: the modules of arch/wasm32/loader become one plain script, wasm.js.

d8's script argument, `<script>`, importScripts and require take no module, so all names of the
parts are in one function, and `python -m muslfall.build.assemble_loader FOLDER wasm.js` checks
what a module system would: a part imports only what an earlier part exports, and no name of a
part's top level is also another's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from muslfall.base import guard
from muslfall.base.errors import MuslfallError
from muslfall.base.files import read_text, write

#: The parts, in the order in which they are in the script: each only needs earlier ones.
PARTS = (
    "text", "failures", "cursor", "types", "module", "codegen", "units", "wasi",
    "read", "check", "symbols", "entries", "cells", "open", "resolve", "allocate", "trace",
    "instantiate", "relocate", "start",
    "lines", "stack",
    "libc/digits", "libc/memory", "libc/printf", "libc/math", "libc/functions",
    "steps", "plan", "program", "command_line", "hosts/node", "hosts/d8", "hosts/page", "main",
)  # fmt: skip
HEAD = """\
// wasm.js: loads a dynamically linked program into V8; LOADER.md is its specification. It is
// assembled from the modules of arch/wasm32/loader: change those. What it is run by is in main.mjs
// below, what a page may ask of it in hosts/page.mjs.

"use strict";

var muslfall = (function () {
"""
TAIL = """
  return muslfall;
})();
"""
IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]*)";\n', re.MULTILINE)
#: A definition of a part's top level; nothing else may be exported.
DEFINITION = re.compile(
    r"^(export )?(?=((?:async )?function\*?|class|const|let) (\w+))", re.MULTILINE
)
#: What would be left of a module in the script, or would hide a name from the check.
UNKNOWN = re.compile(r"^(?:(?:import|export)\b|(?:const|let) [{\[]|var ).*", re.MULTILINE)


def assemble(parts: Mapping[str, str]) -> str:
    """The script of parts, text by path within the loader's folder, in their order.

    Raises MuslfallError, with all problems: an import of what no earlier part exports, a name
    defined twice, a line that this does not know.
    """
    defined: dict[str, str] = {}
    exported: dict[str, set[str]] = {}
    problems: list[str] = []
    chapters = []
    for path, text in parts.items():
        problems += [f"{path}: {problem}" for problem in unmet(path, text, exported)]
        body = IMPORT.sub("", text)
        for _, _, name in (found := DEFINITION.findall(body)):
            if name in defined:
                problems.append(f"{path}: {name} is defined in {defined[name]} too")
            defined.setdefault(name, path)
        exported[path] = {name for export, _, name in found if export}
        body = DEFINITION.sub("", body)
        problems += [f"{path}: not understood: {line}" for line in UNKNOWN.findall(body)]
        chapters.append(f"\n// {path:-<97}\n{body}")
    if problems:
        raise MuslfallError("the loader cannot be assembled", problems=problems)
    return HEAD + "".join(chapters) + TAIL


def unmet(path: str, text: str, exported: Mapping[str, set[str]]) -> list[str]:
    """The faults of a part's imports, given what the parts before it export."""
    problems = []
    for names, source in IMPORT.findall(text):
        target = os.path.normpath(PurePosixPath(path).parent / source)
        for name in filter(None, re.split(r"[\s,]+", names)):
            if name not in exported.get(target, ()):
                problems.append(f"imports {name} of {target}, and no earlier part exports it")
    return problems


def main(argv: Sequence[str]) -> int:
    """Assemble the parts of a folder into a script: FOLDER SCRIPT."""
    words = guard.words(argv, "muslfall.build.assemble_loader", "FOLDER", "SCRIPT")
    folder, script = map(Path, words)
    parts = {f"{name}.mjs": read_text(folder / f"{name}.mjs") for name in PARTS}
    write(script, assemble(parts))
    return 0


if __name__ == "__main__":
    guard.end(main)
