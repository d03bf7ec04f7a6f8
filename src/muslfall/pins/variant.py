"""A variant: one toolchain, one musl, one set of options, and the folder that it is built in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from muslfall.base.errors import UsageError
from muslfall.pins import lkgr as pins_lkgr
from muslfall.pins import mirrored
from muslfall.pins import series as pins
from muslfall.pins.lkgr import load_lkgr
from muslfall.pins.release import COMPONENTS, Build, Release

#: Optimisation levels, as clang spells them after -.
OPT_LEVELS = ("O0", "O1", "O2", "O3", "Os", "Oz")
DEFAULT_OPT = "O2"
BACKENDS = ("ninja", "scons")

#: Every variable of a build and what it means, in the order of the help.
VARIABLES = {
    "llvm": "LLVM release: clang, wasm-ld, ar and compiler-rt's sources; mirror:REF: fetched by"
    " `fetch --mirror`",
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
#: Components that a libc is made with. The others run it, or show it to people: variants that
#: differ in them alone share one libc.
MAKING = (*NAMED, "wasm-tools")


@dataclass(frozen=True)
class Variant:
    """One variant of the build: which musl, by which toolchain, at which optimisation level.

    build: one release per component.
    opt: one of OPT_LEVELS.
    backend: one of BACKENDS; it does not change what is built, nor the name.
    name: the folder's name in out/, the same for the same choice.
    libc_name: the name of the variant whose folder has the libc; another one than `name` when
    something is swapped that is no input of a libc, such as an engine.
    is_lkgr: nothing is swapped; out/lkgr links to this one.
    runtime: the LLVM release that compiler-rt comes from: the build's own, or, where that has
    none, the LKGR's.
    """

    build: Build
    opt: str
    backend: str
    name: str
    libc_name: str
    is_lkgr: bool
    runtime: Release

    @property
    def out(self) -> str:
        """The variant's folder, relative to the checkout."""
        return f"out/{self.name}"

    @property
    def libc_out(self) -> str:
        """The folder that its libc is built in, relative to the checkout."""
        return f"out/{self.libc_name}"

    def release(self, component: str) -> Release:
        """The release of a component. Raises KeyError: no such component."""
        return self.build.releases[component]

    def pinned(self, component: str) -> str:
        """The link to a component's unpacked tree, relative to the checkout."""
        return place(self.release(component))

    def tool(self, component: str, tool: str) -> tuple[str, ...]:
        """The argv of a tool, its path relative to the checkout."""
        first, *rest = self.release(component).tools[tool]
        return (f"{self.pinned(component)}/{first}", *rest)

    @property
    def llvm(self) -> str:
        """The version that LLVM calls itself, whatever its release is called."""
        release = self.release("llvm")
        return str(release.facts.get("llvm", release.version))

    @property
    def compiler_rt(self) -> tuple[str, ...]:
        """compiler-rt, relative to the checkout: an archive; or its sources, then zig's flags."""
        first, *flags = self.runtime.quirks["builtins"]
        return (f"{place(self.runtime)}/{first}", *flags)

    @property
    def zig(self) -> str:
        """The zig that builds compiler-rt from sources, relative to the checkout."""
        return f"{place(self.runtime)}/{self.runtime.tools['zig'][0]}"

    def releases(self) -> list[Release]:
        """All releases that the build needs."""
        others = [] if self.runtime == self.release("llvm") else [self.runtime]
        return [*self.build.releases.values(), *others]

    def toolchain(self) -> dict[str, str]:
        """The releases that decide which files can be built: the manifest's identity."""
        versions = {name: self.release(name).version for name in NAMED}
        return versions | {"opt": self.opt}

    @property
    def manifest(self) -> str:
        """The committed manifest of this toolchain, relative to the checkout."""
        names = [self.release(name).name for name in NAMED]
        return f"manifests/{'_'.join([*names, self.opt])}.toml"

    def assignments(self) -> list[str]:
        """The command line that means this variant, with no more than its name says.

        A value that the name lacks is the LKGR's, and must stay so in a build.ninja that writes
        itself anew after the LKGR has moved.
        """
        parts = self.name.split("_")
        named = [r for r in self.build.releases.values() if r.name in parts]
        return [*(f"{r.component}={r.version}" for r in named), f"opt={self.opt}"]


def place(release: Release) -> str:
    """The link to a release's unpacked tree, relative to the checkout."""
    return f"out/pinned/{release.name}"


def parse_assignments(
    words: Iterable[str], names: Iterable[str] = tuple(VARIABLES)
) -> dict[str, str]:
    """`name=value` words as a table, for the variables `names`.

    Raises UsageError: not of that form, unknown, twice.
    """
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        name = name.replace("_", "-")
        if not equals or not value:
            raise UsageError("expected NAME=VALUE", word, f"names: {', '.join(names)}")
        if name not in names:
            raise UsageError("no such variable", name, f"one of: {', '.join(names)}")
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
    overrides = {name: values[name] for name in COMPONENTS if name in values}
    lkgr = load_lkgr(root)
    build = resolve(root, overrides) if overrides else lkgr
    swapped = [name for name in COMPONENTS if build.releases[name] != lkgr.releases[name]]
    named = [name for name in COMPONENTS if name in NAMED or name in swapped]
    has_runtime = build.releases["llvm"].quirks.get("builtins")
    return Variant(
        build=build,
        opt=opt,
        backend=backend,
        name=folder_name(build, named, opt),
        libc_name=folder_name(build, [name for name in named if name in MAKING], opt),
        is_lkgr=not swapped and opt == DEFAULT_OPT,
        runtime=(build if has_runtime else lkgr).releases["llvm"],
    )


def folder_name(build: Build, named: Iterable[str], opt: str) -> str:
    """The name of the folder of a variant whose components `named` tell it from others."""
    return "_".join([*(build.releases[name].name for name in named), opt])


def of_libc(root: Path, chosen: Variant) -> Variant:
    """The variant that is named as the libc of `chosen`: its engines are the LKGR's."""
    if chosen.libc_name == chosen.name:
        return chosen
    made_with = {name: chosen.release(name).version for name in MAKING}
    return choose(root, made_with | {"opt": chosen.opt, "backend": chosen.backend})


def resolve(root: Path, overrides: dict[str, str]) -> Build:
    """The LKGR build with some releases swapped; for llvm also a mirrored one.

    Raises UsageError for what is no release, and MuslfallError for a bad pin or record.
    """
    version = overrides.get("llvm", "")
    if not mirrored.is_mirrored(version):
        return pins_lkgr.resolve(root, overrides)
    record = mirrored.find(root, version)
    build = pins_lkgr.resolve(root, {k: v for k, v in overrides.items() if k != "llvm"})
    llvm = record.release(pins.load_series(root, "llvm"))
    return Build(build.number, {**build.releases, "llvm": llvm})


def one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    """`value`, when it is one of `choices`. Raises UsageError naming them."""
    if value not in choices:
        raise UsageError(f"no such value {value!r}", name, f"one of: {', '.join(choices)}")
    return value


def defaults(root: Path) -> dict[str, str]:
    """Every variable's value when nothing is given: the LKGR's releases, and the rest."""
    versions = {name: r.version for name, r in load_lkgr(root).releases.items()}
    return versions | {"opt": DEFAULT_OPT, "backend": BACKENDS[0]}
