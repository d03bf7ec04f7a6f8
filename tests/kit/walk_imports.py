"""Runs a program by the Python loader, then prints what every instance imports.

    python walk_imports.py main.wasm [library.wasm…]

The form is that of walk_imports.js.
"""

import json
import sys

import wasmtime

from muslfall.loader import main as loader
from muslfall.loader.engines import wasmtime as engine

instances = []


def names(exports) -> dict:
    return {name: exports[name] for name in exports}


def record(store, module, given, exports) -> None:
    """given: (module, name) -> what the import was given; None for the host's."""
    instances.append((store, module.imports, given, names(exports)))


class Linker(wasmtime.Linker):
    """Remembers what it was given."""

    def __init__(self, engine):
        super().__init__(engine)
        self.given = {}

    def define(self, store, module, name, item):
        super().define(store, module, name, item)
        self.given[module, name] = item

    def define_instance(self, store, name, instance):
        super().define_instance(store, name, instance)
        exports = instance.exports(store)
        self.given |= {(name, key): item for key, item in names(exports).items()}

    def instantiate(self, store, module):
        instance = super().instantiate(store, module)
        record(store, module, self.given, instance.exports(store))
        return instance


def origin(value):
    """Which instance exports this very function; host: none does."""
    for place, (_, _, _, exports) in enumerate(instances):
        for item in exports.values():
            if isinstance(item, wasmtime.Func) and bytes(item._func) == bytes(value._func):
                return place
    return "host"


def describe(store, imports, given, exports) -> dict:
    found = []
    for item in imports:
        entry = {"module": item.module, "name": item.name, "kind": "other", "from": None}
        if isinstance(item.type, wasmtime.FuncType):
            value = given.get((item.module, item.name))
            entry |= {"kind": "function", "from": origin(value) if value else "host"}
        found.append(entry)
    return {"exports": list(exports), "imports": found}


engine.Linker = Linker
status = loader.main(sys.argv[1:])
found = [describe(*instance) for instance in instances]
print(json.dumps({"status": status, "instances": found}), file=sys.stderr)
