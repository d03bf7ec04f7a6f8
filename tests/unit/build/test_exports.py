"""The stage that says what the libc exports, on assembly made up here."""

import os
import subprocess

import pytest

from muslfall import ROOT

SCRIPT = ROOT / "src/muslfall/build/stages/exports.sh"


def exports(folder, **files):
    """What the stage makes of the assembly files: its output's lines, or None when it failed."""
    listed = folder / "link.list"
    for name, text in files.items():
        (folder / f"{name}.s").write_text(text)
    listed.write_text("".join(f"{folder / name}.o\n" for name in files))
    out = folder / "exports.list"
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    done = subprocess.run(
        ["sh", SCRIPT, listed, out], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        assert "link.list: no exports found" in done.stderr
        assert sorted(os.listdir(folder)) == sorted(["link.list", *(f"{n}.s" for n in files)])
        return None
    return [line.removeprefix("--export-if-defined=") for line in out.read_text().splitlines()]


def test_hidden_at_the_definition_or_at_a_use_is_not_exported(tmp_path):
    one = "\t.globl\tpublic                          # -- Begin\n\t.hidden own\n\t.globl own\n"
    two = "\t.globl\tused\n\t.weak\talias\n\t.type\talias,@function\n"
    assert exports(tmp_path, one=one, two=two, three="\t.hidden\tused\n") == ["alias", "public"]


def test_what_is_only_used_is_not_exported(tmp_path):
    assert exports(tmp_path, one="\t.globl a\n\tcall\tb\n\t.functype b () -> ()\n") == ["a"]


@pytest.mark.parametrize("files", [{}, {"one": "\t.hidden a\n\t.globl a\n"}])
def test_nothing_to_export_is_an_error(tmp_path, files):
    assert exports(tmp_path, **files) is None


def test_missing_assembly_is_an_error(tmp_path):
    (tmp_path / "there.s").write_text("\t.globl a\n")
    (tmp_path / "link.list").write_text(f"{tmp_path / 'there.o'}\n{tmp_path / 'gone.o'}\n")
    done = subprocess.run(["sh", SCRIPT, tmp_path / "link.list", tmp_path / "out"], check=False)
    assert done.returncode == 1
    assert sorted(os.listdir(tmp_path)) == ["link.list", "there.s"]
