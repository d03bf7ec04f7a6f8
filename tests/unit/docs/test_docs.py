"""Tests that the documents show the house as it is."""

import re

from muslfall import ROOT, cli

ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_shows_commands_that_are_there():
    shown = set(re.findall(r"\./muslfall ([a-z]+)", README))
    assert shown <= set(cli.command_names())


def test_links_lead_somewhere():
    for page in ROOT.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_command_has_an_example_of_itself():
    for name in cli.command_names():
        assert cli.load_command(name).EXAMPLE.startswith(f"./muslfall {name}"), name
