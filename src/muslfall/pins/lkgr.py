"""The last known good build: a release of each component."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.tables import Checker, read_toml
from muslfall.pins.release import COMPONENTS, Build
from muslfall.pins.series import load_series, series_path


def load_lkgr(root: Path) -> Build:
    """Read the LKGR build. Raises MuslfallError naming file, key and what is wrong."""
    return resolve(root, {})


def resolve(root: Path, overrides: Mapping[str, str]) -> Build:
    """The LKGR build with the releases in `overrides` (component to version) swapped in.

    Raises UsageError for an override that names no component or no release of it, and
    MuslfallError for a malformed pin.
    """
    unknown = sorted(set(overrides) - set(COMPONENTS))
    if unknown:
        raise UsageError("no such component", unknown[0], f"one of: {', '.join(COMPONENTS)}")
    number, lkgr = read_lkgr(root)
    releases = {}
    for component in COMPONENTS:
        series = load_series(root, component)
        if lkgr[component] not in series.versions():
            where = f"toolchain/lkgr.toml: components.{component}"
            name = series_path(root, component).relative_to(root)
            raise MuslfallError(f"{lkgr[component]} is not a release in {name}", where)
        releases[component] = series.release(overrides.get(component, lkgr[component]))
    return Build(number, releases)


def read_lkgr(root: Path) -> tuple[int, dict[str, str]]:
    """The number and the version per component that toolchain/lkgr.toml says."""
    path = root / "toolchain" / "lkgr.toml"
    check = Checker(path.relative_to(root))
    table = read_toml(path, root)
    check.keys(table, "", required=("build", "components"))
    number = check.integer(table, "build", "build", least=1)
    components = check.table(table, "components", "components")
    check.keys(components, "components", required=COMPONENTS)
    versions = {name: check.text(components, name, f"components.{name}") for name in COMPONENTS}
    check.finish()
    return number, versions
