"""Recipes of real software: read, and what is wrong with them found."""

import pytest

from muslfall import ROOT
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.software import recipe as software

PIN = """
component = "demo"
registry = "apt"
[[release]]
version = "1.0"
requirement = "demo"
[[release.file]]
platform = "any"
name = "demo_1.0.orig.tar.gz"
sha256 = "{}"
size = 1
""".format("0" * 64)
RECIPE = """
needs = ["make"]
build = ["make CC=$CC"]
[[test]]
name = "one"
run = "musl-run ./demo"
expected = "one.out"
[[test]]
name = "two"
run = "make test"
[program.demo]
sources = ["*.c", "src/*.c"]
without = ["other.c"]
flags = ["-DX"]
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "software/demo").mkdir(parents=True)
    (tmp_path / "software/demo.toml").write_text(PIN)
    (tmp_path / "software/demo.recipe.toml").write_text(RECIPE)
    (tmp_path / "software/demo/one.out").write_text("1\n")
    return tmp_path


def test_a_recipe(root):
    recipe = software.load(root, "demo")
    assert software.names(root) == ["demo"]
    assert [release.name for release in recipe.releases] == ["demo-1.0"]
    assert recipe.build == ("make CC=$CC",)
    assert recipe.tests == (
        software.Check("one", "musl-run ./demo", b"1\n"),
        software.Check("two", "make test"),
    )


def test_the_sources_of_a_program(root):
    tree = root / "tree"
    (tree / "src").mkdir(parents=True)
    for name in ("b.c", "a.c", "other.c", "src/c.c", "src/d.h"):
        (tree / name).touch()
    assert software.load(root, "demo").programs["demo"].files(tree) == ["a.c", "b.c", "src/c.c"]


def test_no_such_package(root):
    with pytest.raises(UsageError, match="one of: demo"):
        software.load(root, "nosuch")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('build = ["make CC=$CC"]', "", "build: is missing"),
        ('name = "one"', "nme = 1", "nme: unknown key"),
        ("one.out", "two.out", "expected: two.out: No such file"),
        ('sources = ["*.c", "src/*.c"]', "", "program.demo.sources: is missing"),
        ('needs = ["make"]', 'needs = "make"', "needs: must be a list of strings"),
    ],
)
def test_what_is_wrong_is_said(root, old, new, said):
    path = root / "software/demo.recipe.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(MuslfallError) as raised:
        software.load(root, "demo")
    assert said in str(raised.value)


@pytest.mark.parametrize("name", software.names(ROOT))
def test_our_own_recipes(name):
    assert software.load(ROOT, name).build
