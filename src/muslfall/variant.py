"""A variant: one toolchain, one musl, one set of options, and the folder that it is built in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from muslfall import pins
from muslfall.errors import UsageError

#: Optimisation levels, as clang spells them after -.
OPT_LEVELS = ("O0", "O1", "O2", "O3", "Os", "Oz")
DEFAULT_OPT = "O2"
BACKENDS = ("ninja", "scons")

#: Every variable of a build and what it means, in the order of the help.
VARIABLES = {
    "llvm": "LLVM release: clang, wasm-ld, ar and compiler-rt's sources",
    "v8": "V8 release, by the version of the node that carries it",
    "wasmtime": "wasmtime release",
    "wasm-tools": "wasm-tools release: the text format",
    "wabt": "wabt release: dumps for people to read",
    "musl": "musl release",
    "opt": f"optimisation level, one of {', '.join(OPT_LEVELS)}",
    "backend": f"what executes the graph, one of {', '.join(BACKENDS)}",
}
#: Components whose version names the variant even when it is the LKGR's.
NAMED = ("llvm", "musl")


@dataclass(frozen=True)
class Variant:
    """What is built, by which toolchain, at which optimisation level.

    build: one release per component.
    opt: one of OPT_LEVELS.
    backend: one of BACKENDS; it does not change what is built, nor the name.
    name: the folder's name in out/, the same for the same choice.
    is_lkgr: nothing is swapped; out/lkgr links to this one.
    """

    build: pins.Build
    opt: str
    backend: str
    name: str
    is_lkgr: bool

    @property
    def out(self) -> str:
        """The variant's folder, relative to the checkout."""
        return f"out/{self.name}"

    def release(self, component: str) -> pins.Release:
        return self.build.releases[component]

    def pinned(self, component: str) -> str:
        """The link to a component's unpacked tree, relative to the checkout."""
        return f"out/pinned/{self.release(component).name}"

    def tool(self, component: str, tool: str) -> tuple[str, ...]:
        """The argv of a tool, its path relative to the checkout."""
        first, *rest = self.release(component).tools[tool]
        return (f"{self.pinned(component)}/{first}", *rest)

    def toolchain(self) -> dict[str, str]:
        """What decides which files can be built: the manifest's identity."""
        versions = {name: self.release(name).version for name in NAMED}
        return versions | {"opt": self.opt}

    @property
    def manifest(self) -> str:
        """The committed manifest of this toolchain, relative to the checkout."""
        names = [self.release(name).name for name in NAMED]
        return f"manifests/{'_'.join([*names, self.opt])}.toml"

    def assignments(self) -> list[str]:
        """The command line that means this variant, with no more than its name says.

        What is not in the name is the LKGR's, and must stay so in a build.ninja that writes
        itself anew after the LKGR has moved.
        """
        parts = self.name.split("_")
        named = [r for r in self.build.releases.values() if r.name in parts]
        return [*(f"{r.component}={r.version}" for r in named), f"opt={self.opt}"]


def parse_assignments(words: Iterable[str]) -> dict[str, str]:
    """`name=value` words as a table. Raises UsageError: not of that form, unknown, twice."""
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        name = name.replace("_", "-")
        if not equals or not value:
            raise UsageError("expected NAME=VALUE", word, f"names: {', '.join(VARIABLES)}")
        if name not in VARIABLES:
            raise UsageError("no such variable", name, f"one of: {', '.join(VARIABLES)}")
        if name in values:
            raise UsageError("given twice", name)
        values[name] = value
    return values


def choose(root: Path, values: dict[str, str]) -> Variant:
    """The variant that the variables `values` ask for.

    Raises UsageError for a value that is none of the choices, MuslfallError for a bad pin.
    """
    opt = one_of("opt", values.get("opt", DEFAULT_OPT), OPT_LEVELS)
    backend = one_of("backend", values.get("backend", BACKENDS[0]), BACKENDS)
    overrides = {name: values[name] for name in pins.COMPONENTS if name in values}
    lkgr = pins.load_lkgr(root)
    build = pins.resolve(root, overrides) if overrides else lkgr
    swapped = [name for name in pins.COMPONENTS if build.releases[name] != lkgr.releases[name]]
    named = [name for name in pins.COMPONENTS if name in NAMED or name in swapped]
    parts = [build.releases[name].name for name in named]
    return Variant(
        build=build,
        opt=opt,
        backend=backend,
        name="_".join([*parts, opt]),
        is_lkgr=not swapped and opt == DEFAULT_OPT,
    )


def one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    """`value`, when it is one of `choices`. Raises UsageError naming them."""
    if value not in choices:
        raise UsageError(f"no such value {value!r}", name, f"one of: {', '.join(choices)}")
    return value


def defaults(root: Path) -> dict[str, str]:
    """Every variable's value when nothing is given: the LKGR's releases, and the rest."""
    versions = {name: r.version for name, r in pins.load_lkgr(root).releases.items()}
    return versions | {"opt": DEFAULT_OPT, "backend": BACKENDS[0]}
