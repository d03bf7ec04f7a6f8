"""Who may import whom: every import of the package, read by ast, against layers.toml."""

import ast
from pathlib import Path

from muslfall import ROOT
from muslfall.base.tables import read_toml

PACKAGE = ROOT / "src/muslfall"
LAYERS = read_toml(PACKAGE / "layers.toml", ROOT)
#: Modules beside the packages. They may import everything; nothing imports them but each other.
ABOVE = {"cli", "commands", "layers", "__main__"}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The first name behind `muslfall` of each import in a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "muslfall":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("muslfall."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            found |= {name[1] for name in names if name[0] == "muslfall" and len(name) > 1}
    return found - {"ROOT", "__version__"}


def test_every_package_has_a_layer():
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages - ABOVE == set(LAYERS)


def test_imports_go_one_way():
    """The order of the file is the order of the floors: a package imports lower ones alone."""
    names = list(LAYERS)
    for name, layer in LAYERS.items():
        assert set(layer["imports"]) <= set(names[: names.index(name)]), name


def test_no_module_imports_what_its_package_may_not():
    files = sorted(PACKAGE.glob("**/*.py"))
    assert len(files) > 90
    wrong = []
    for path in files:
        here = room(path)
        if here in ABOVE or here == "__init__":
            continue
        allowed = set(LAYERS[here]["imports"]) | {here} if here in LAYERS else set()
        wrong += [f"{path.relative_to(ROOT)}: {name}" for name in sorted(imported(path) - allowed)]
    assert wrong == []


def test_the_package_init_files_are_empty():
    """A package's name says where things are; its import costs nothing."""
    inits = sorted(PACKAGE.glob("*/**/__init__.py"))
    assert len(inits) > 15 and [path for path in inits if path.read_text()] == [
        PACKAGE / "commands/__init__.py"
    ]
