"""Tests that the documents show the house as it is."""

import re

import pytest

from muslfall import ROOT, cli, layers

ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_shows_commands_that_are_there():
    shown = set(re.findall(r"\./muslfall ([a-z]+)", README))
    assert shown <= set(cli.command_names())


PAGES = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("arch/**/*.md"),
     *ROOT.glob("toolchain/*.md")}
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:\s]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_table_of_packages_is_that_of_the_layers():
    assert layers.filled(ARCHITECTURE, layers.table(ROOT)) == ARCHITECTURE


def test_every_file_that_architecture_names_is_there():
    named = set(re.findall(r"`([\w.]+/[\w./-]*)`", ARCHITECTURE))
    missing = [
        name for name in sorted(named)
        if not (ROOT / name).exists() and not (ROOT / "src/muslfall" / name).exists()
    ]  # fmt: skip
    assert len(named) > 20 and missing == []


def test_decisions_are_numbered_and_listed():
    folder = ROOT / "docs/decisions"
    files = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    for number, path in enumerate(files, 1):
        title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        assert title.startswith(f"{number}. ") and f"[{title}]({path.name})" in index


def test_every_command_has_an_example_of_itself():
    for name in cli.command_names():
        assert cli.load_command(name).EXAMPLE.startswith(f"./muslfall {name}"), name
