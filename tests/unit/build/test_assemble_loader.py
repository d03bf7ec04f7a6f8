"""assemble_loader: what is checked of the parts, and the script that they become."""

import subprocess

import pytest
from kit import engine_v8

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.build import assemble_loader
from muslfall.build.assemble_loader import PARTS, assemble

LOADER = ROOT / "arch" / "wasm32" / "loader"
FIRST = "export const one = 1;\nexport function* two() {}\nconst hidden = 3;\n"
LAST = 'import { one } from "./a.mjs";\n\nexport const muslfall = { one };\n'


def problems(**parts: str) -> list[str]:
    with pytest.raises(MuslfallError) as raised:
        assemble({f"{name}.mjs": text for name, text in parts.items()})
    return list(map(str, raised.value.problems))


def test_imports_and_exports_go(tmp_path):
    script = assemble({"a.mjs": FIRST, "b.mjs": LAST})
    assert "import" not in script and "export" not in script
    path = tmp_path / "wasm.js"
    path.write_text(f"{script}\nconsole.log(JSON.stringify(muslfall));\n")
    assert engine_v8.run(path).stdout == b'{"one":1}\n'


def test_an_import_is_exported_by_an_earlier_part():
    late = "imports one of a.mjs, and no earlier part exports it"
    assert problems(b=LAST, a=FIRST) == [f"b.mjs: {late}"]
    assert problems(a=FIRST, b=LAST.replace("one }", "hidden }", 1)) == [
        "b.mjs: imports hidden of a.mjs, and no earlier part exports it"
    ]


def test_imports_of_many_lines_and_of_folders():
    imports = 'import {\n  one,\n  two,\n} from "../a.mjs";\n'
    assert "import" not in assemble({"a.mjs": FIRST, "x/b.mjs": imports})
    with pytest.raises(MuslfallError, match=r"x/b\.mjs: imports one of x/a\.mjs"):
        assemble({"a.mjs": FIRST, "x/b.mjs": imports.replace("../", "./")})


def test_a_name_is_defined_once():
    again = "async function two() {}\nclass one {}\nlet hidden;\n"
    names = ("two", "one", "hidden")
    assert problems(a=FIRST, b=again) == [
        f"b.mjs: {name} is defined in a.mjs too" for name in names
    ]


@pytest.mark.parametrize(
    "line",
    [
        "export default 1;", "export { one };", 'import one from "./a.mjs";',
        'import { x } from "node:fs";', "const { a, b } = {};", "const [c] = [];", "var d = 1;",
        'import { one as two } from "./a.mjs";', 'export * from "./a.mjs";',
    ],
)  # fmt: skip
def test_what_would_be_left_or_hidden_is_refused(line):
    found = problems(a="export const one = 1;\n", b=f"{line}\n")
    assert found and found[0].startswith("b.mjs: "), found


def test_every_file_of_the_folder_is_a_part():
    found = {path.relative_to(LOADER).as_posix() for path in LOADER.rglob("*") if path.is_file()}
    assert found == {f"{part}.mjs" for part in PARTS}


def test_a_part_that_is_missing_is_an_error_without_a_traceback(tmp_path):
    command = [".venv/bin/python", "-m", "muslfall.build.assemble_loader", tmp_path, "wasm.js"]
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": "src"}, capture_output=True)
    assert done.returncode == 1
    assert b"text.mjs: No such file" in done.stderr and b"Traceback" not in done.stderr


def test_the_assembled_loader_is_one_plain_script(tmp_path):
    path = tmp_path / "wasm.js"
    assert assemble_loader.main([str(LOADER), str(path)]) == 0
    load = f"vm.runInThisContext(fs.readFileSync({str(path)!r}, 'utf8'));"
    assert engine_v8.run("-e", f"{load} console.log(typeof muslfall)").stdout == b"object\n"


def test_the_how_tos_path_is_the_build():
    """`d8 arch/wasm32/wasm.js` runs what every command runs: it is no copy, which could differ."""
    assert (ROOT / "arch/wasm32/wasm.js").readlink().as_posix() == "../../out/lkgr/wasm.js"
