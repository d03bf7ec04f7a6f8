"""The files that a step which runs a module is made from."""

import subprocess
import sys

import pytest

from muslfall import ROOT
from muslfall.build.imports import module_files


def package(root, **modules):
    """A package muslfall in root/src: a__b="…" is the module muslfall.a.b."""
    for name, text in modules.items():
        path = root.joinpath("src/muslfall", *name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text)
    (root / "src/muslfall/__init__.py").touch()
    return root


def names(root, module):
    files = module_files(f"muslfall.{module}", root)
    return sorted(path.removeprefix("src/muslfall/") for path in files)


def test_imports_are_followed_in_every_form(tmp_path):
    package(
        tmp_path,
        one="import muslfall.two\nfrom muslfall import three as other, ROOT\nimport os",
        two="def late():\n    from muslfall.four import (\n        name,\n    )\n",
        three="",
        four="if True:\n    import muslfall.five as f",
        five="import muslfall.one",
        six="",
    )
    assert names(tmp_path, "one") == [
        "__init__.py",
        "five.py",
        "four.py",
        "one.py",
        "three.py",
        "two.py",
    ]


def test_modules_in_packages_and_the_packages_themselves(tmp_path):
    package(
        tmp_path,
        a="from muslfall.wasm.reader import Reader",
        wasm__reader="from muslfall.wasm import b",
        wasm__b="",
        wasm__c="",
    )
    assert names(tmp_path, "a") == [
        "__init__.py",
        "a.py",
        "wasm/__init__.py",
        "wasm/b.py",
        "wasm/reader.py",
    ]


def test_no_step_fetches(tmp_path):
    package(
        tmp_path,
        a="def f():\n    from muslfall import b\n    from muslfall.fetch import d",
        fetch__d="import muslfall.c",
        b="",
        c="",
    )
    assert names(tmp_path, "a") == ["__init__.py", "a.py", "b.py"]


def test_a_module_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="no module muslfall.none"):
        module_files("muslfall.none", package(tmp_path, a=""))


def test_what_python_loads_is_among_them():
    """The authority: what is in sys.modules after the import."""
    code = (
        "import sys, muslfall.loader.main, muslfall.build.report\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('muslfall')))"
    )
    env = {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
    )
    loaded = {path.removeprefix(f"{ROOT}/") for path in done.stdout.split()}
    files = module_files("muslfall.loader.main", ROOT) | module_files("muslfall.build.report", ROOT)
    assert len(loaded) > 5 and loaded <= files
