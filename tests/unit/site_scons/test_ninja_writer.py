"""The Ninja writer, on a small graph: what it writes, what Ninja then builds, what it refuses."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.build import ninja

SITE = f"--site-dir={ROOT / 'site_scons'}"
SCONS = [sys.executable, "-m", "SCons", "-Q", SITE]

HEAD = """
import stage
env = Environment(tools=["ninja_writer"], ENV={"PATH": "/usr/bin:/bin"})
stage.add(env, "Copy", "cp $SOURCE $TARGET")
stage.add(env, "Cat", "cat $SOURCES > $TARGET", ninja={"restat": True})
stage.add(env, "Both", "cp ${SOURCES[1]} ${TARGETS[0]} && cp ${SOURCES[0]} ${TARGETS[1]}")
stage.add(env, "First", "cp $SOURCE $TARGET && echo $SOURCES >> $TARGET")
stage.add(env, "Fields", "awk '{ print $$2 }' $SOURCE   > $TARGET && echo $FLAGS >> $TARGET")
stage.add(env, "Compile", "cc $FLAGS -c $SOURCE -o $TARGET")
env["CLANG"] = "cc"
"""
GRAPH = """
made = [env.Copy("out/a", "a.txt"), env.Copy("out/b", "b.txt"),
        env.Cat("out/all", ["out/a", "out/b", "a.txt"]),
        env.Both(["out/x", "out/y z"], ["a.txt", "b.txt"]),
        env.First("out/one", "a.txt"), env.First("out/two", ["b.txt", "with space.txt"]),
        env.Copy("out/with space", "with space.txt"), env.Copy("out/co:lon", "co:lon.txt"),
        env.Copy("out/quo'te", "quo'te.txt"),
        env.Fields("out/fields", "a.txt"), env.Fields("out/other", "b.txt", FLAGS="flag"),
        env.Fields("out/quoted", "a.txt", FLAGS=["one", "two  three", "f$$o"])]
env.Depends("out/a", "needed.txt")
env.Requires("out/b", "out/all2")
env.Cat("out/all2", "b.txt")
env.Alias("all", made)
env.Alias("some", ["out/a", "all"])
"""
WRITE = """
again = (COMMAND, ["SConstruct", "folder"])
env.WriteNinja("out/build.ninja", ["all", "some"], "all", again, "out")
"""
FILES = ("a.txt", "b.txt", "needed.txt", "with space.txt", "co:lon.txt", "quo'te.txt")


def checkout(folder, *parts):
    """A folder with the files and an SConstruct."""
    folder.mkdir(exist_ok=True)
    (folder / "folder").mkdir()
    for name in FILES:
        (folder / name).write_text(f"one {name} three\n", encoding="utf-8")
    command = " ".join([sys.executable, "-m", "SCons", "-Q", "-s", SITE, "ninja=1"])
    text = "".join([HEAD, f"COMMAND = {command!r}\n", *parts])
    (folder / "SConstruct").write_text(text, encoding="utf-8")
    return folder


def run(argv, folder):
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_ninja(folder, *words):
    return run([ninja.find(), "-f", "out/build.ninja", *words], folder)


def built(folder):
    """The content of everything built, by path."""
    skip = ("build.ninja", "compile_commands.json", ".ninja_log", ".ninja_deps")
    return {
        path.name: path.read_text() for path in (folder / "out").iterdir() if path.name not in skip
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The graph in a folder, written by the writer."""
    folder = checkout(tmp_path_factory.mktemp("writer") / "ninja", GRAPH, WRITE)
    run([*SCONS, "ninja=1", "nothing=1", "-s", "--dry-run"], folder)
    return folder


@pytest.fixture(scope="module")
def text(written):
    return (written / "out/build.ninja").read_text()


def edges(text, name):
    return [line for line in text.splitlines() if line.startswith("build ") and name in line]


def rule(text, name):
    """The command of a rule."""
    lines = text.splitlines()
    return lines[lines.index(f"rule {name}") + 1].removeprefix("  command = ")


def test_a_rule_per_command(text):
    rules = [line for line in text.splitlines() if line.startswith("rule ")]
    names = ["Copy", "Cat", "Both", "First", "Fields", "Fields2", "Fields3", "regenerate"]
    assert sorted(rules) == sorted(f"rule {name}" for name in names)
    assert rule(text, "Copy") == "cp $in $out"
    assert rule(text, "Cat") == "cat $in > $out"
    assert rule(text, "Both") == "cp $in1 $out0 && cp $in0 $out1"
    assert rule(text, "First") == "cp $in0 $out && echo $in >> $out"
    assert rule(text, "Fields") == "awk '{ print $$2 }' $in > $out && echo >> $out"
    assert rule(text, "Fields2") == "awk '{ print $$2 }' $in > $out && echo flag >> $out"
    assert rule(text, "Fields3").endswith('&& echo one "two  three" f$$o >> $out')
    assert text.count("  restat = ") == 1


def test_edges(text):
    assert edges(text, "Both") == ["build out/x out/y$ z: Both a.txt b.txt"]
    assert edges(text, "out/a:") == ["build out/a: Copy a.txt | needed.txt"]
    assert edges(text, "out/b:") == ["build out/b: Copy b.txt || out/all2"]
    assert edges(text, "Copy co") == ["build out/co$:lon: Copy co$:lon.txt"]
    assert edges(text, "some") == ["build some: phony out/a all"]
    assert edges(text, "build.ninja") == ["build out/build.ninja: regenerate | SConstruct folder"]
    assert text.splitlines()[-1] == "default all"


def test_the_compile_commands_are_a_database(tmp_path):
    compiling = 'env.Alias("all", env.Compile("o.o", "with space.txt", FLAGS="-I a"))\n'
    folder = checkout(tmp_path / "c", compiling, 'env.Alias("some", "a.txt")\n', WRITE)
    run([*SCONS, "-s", "--dry-run"], folder)
    (entry,) = json.loads((folder / "out/compile_commands.json").read_text())
    assert entry == {
        "directory": str(folder),
        "file": "with space.txt",
        "command": "cc -I a -c 'with space.txt' -o o.o",
    }


def test_ninja_builds_what_scons_builds(written, tmp_path):
    mine = checkout(tmp_path / "scons", GRAPH)
    run([*SCONS, "-s", "all"], mine)
    run_ninja(written)
    assert built(written) == built(mine)
    assert built(written)["y z"] == "one a.txt three\n"
    assert built(written)["two"] == "one b.txt three\nb.txt with space.txt\n"
    assert "no work to do" in run_ninja(written)


def test_what_changes_is_built_and_no_more(written):
    run_ninja(written)
    (written / "needed.txt").write_text("other")
    assert "[1/2] copy out/a" in run_ninja(written)  # and out/all, of the same content: restat
    (written / "folder" / "new").touch()
    assert "write out/build.ninja" in run_ninja(written)
    assert "no work to do" in run_ninja(written)


def test_the_graph_is_written_anew_without_what_is_gone(tmp_path):
    listed = 'env.Alias("all", [env.Copy(f"out/{n}", n) for n in Glob("folder/*.in")])\n'
    folder = checkout(tmp_path / "g", 'env.Alias("some", "a.txt")\n', listed, WRITE)
    (folder / "folder/a.in").touch()
    (folder / "folder/b.in").touch()
    run([*SCONS, "-s", "--dry-run"], folder)
    assert "out/folder/a.in" in (folder / "out/build.ninja").read_text()
    (folder / "folder/a.in").unlink()
    run_ninja(folder)
    assert "out/folder/a.in" not in (folder / "out/build.ninja").read_text()
    assert sorted(path.name for path in (folder / "out/folder").iterdir()) == ["b.in"]


#: What is added to a graph, and what of the refusal must be said.
REFUSED = {
    "python": (
        'env.Append(BUILDERS={"P": Builder(action=lambda target, source, env: 0)})\n'
        'node = env.P("t", "a.txt")',
        "FunctionAction",
    ),
    "list": (
        'env.Append(BUILDERS={"L": Builder(action=["cp $SOURCE $TARGET", "true"])})\n'
        'node = env.L("t", "a.txt")',
        "ListAction",
    ),
    "command": (
        'node = env.Command("t", "a.txt", "cp $SOURCE $TARGET")',
        "a builder that is not in the environment",
    ),
    "side-effect": ('node = env.Copy("t", "a.txt"); env.SideEffect("log", node)', "a side effect"),
    "post": ('node = env.Copy("t", "a.txt"); env.AddPostAction(node, "true")', "post-actions"),
    "pre": ('node = env.Copy("t", "a.txt"); env.AddPreAction(node, "true")', "pre- or post"),
    "always": ('node = env.AlwaysBuild(env.Copy("t", "a.txt"))', "AlwaysBuild"),
    "ignore": ('node = env.Copy("t", "a.txt"); env.Ignore(node, "a.txt")', "Ignore"),
    "folder": ('node = env.Copy(Dir("d"), "a.txt")', "a directory as a target"),
    "value": ('node = env.Copy("t", Value("x"))', "a Value"),
    "alias": ('node = env.Alias("t", "a.txt", "echo t")', "an alias' action"),
    "nothing": ("node = []", "an alias of nothing"),
    "lines": ('node = env.Fields("t", "a.txt", FLAGS="a\\nb")', "a command of several lines"),
    "prefix": ('stage.add(env, "M", "-cp $SOURCE $TARGET"); node = env.M("t", "a.txt")', "prefix"),
    "silent": ('stage.add(env, "S", "@cp $SOURCE $TARGET"); node = env.S("t", "a.txt")', "prefix"),
    "slice": (
        'stage.add(env, "R", "cp ${SOURCES[0:1]} $TARGET"); node = env.R("t", "a.txt")',
        "other than single files",
    ),
    "few": ('node = env.Both(["t", "u"], "a.txt")', "in[1] of 1 files"),
    "changed": (
        'stage.add(env, "C", "cp $CHANGED_SOURCES $TARGET"); node = env.C("t", "a.txt")',
        "$CHANGED_SOURCES",
    ),
    "scanner": (
        'env.Append(BUILDERS={"N": Builder(action="cp $SOURCE $TARGET",\n'
        "source_scanner=Scanner(lambda node, env, path: []))})\n"
        'node = env.N("t", "a.txt")',
        "scanner",
    ),
    "dollar": ('node = env.Copy("t", env.File(env.Literal("a$b.txt")))', "a path with a $"),
    "bar": ('node = env.Copy("t|u", "a.txt")', "a path with a $, a |"),
}
REFUSALS = """
import json, traceback
from SCons.Errors import UserError
said = {}
for name, code in CASES.items():
    clone = env.Clone(BUILDERS=dict(env["BUILDERS"]), NINJA_RULES=dict(env["NINJA_RULES"]))
    scope = {**globals(), "env": clone}
    try:
        exec(code.replace('"t"', f'"{name}-t"'), scope)
        scope["env"].Alias(f"case-{name}", scope["node"])
        clone.WriteNinja(f"out/{name}.ninja", [f"case-{name}"], f"case-{name}", ("x", []), "out")
        said[name] = None
    except UserError as error:
        said[name] = str(error)
    except Exception:
        said[name] = traceback.format_exc()
File("said.json").get_abspath()
open("said.json", "w").write(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the writer said of each graph in REFUSED, and the folder that it was in."""
    cases = {name: code for name, (code, _) in REFUSED.items()} | {
        "fine": 'node = env.Copy("t", "a.txt")'
    }
    folder = tmp_path_factory.mktemp("refused") / "r"
    checkout(folder, f"CASES = {cases!r}\n", REFUSALS)
    run([*SCONS, "-s", "--dry-run", "a.txt"], folder)
    return json.loads((folder / "said.json").read_text()), folder


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_expressed_is_refused(said, name):
    message = said[0][name]
    assert message is not None, "nothing was said"
    assert REFUSED[name][1] in message
    assert message.endswith("use backend=scons")
    assert not (said[1] / f"out/{name}.ninja").exists()


def test_a_graph_without_any_of_it_is_written(said):
    assert said[0]["fine"] is None
    assert (said[1] / "out/fine.ninja").exists()


def test_nothing_half_written_stays(said):
    assert not list((said[1] / "out").glob("*.tmp"))


def test_ninja_is_there():
    assert shutil.which(ninja.find())
    assert Path(ninja.find()).is_file()
