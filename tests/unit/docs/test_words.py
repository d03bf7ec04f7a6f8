"""Tests that pages and help texts read as a newcomer reads: subject, verb, object.

No sentence opens with "Of" or "What" (a question may), and none says "is had", "is none", "there
stands" or "stands there". "There is none" is plain English. Code, headings and the head of a table
are not sentences.
"""

import argparse
import re
from collections.abc import Iterator

import pytest

from muslfall import ROOT, cli

PAGES = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("arch/wasm32/*.md"),
     ROOT / "toolchain/TRUST.md"}
)  # fmt: skip

OPENING = r"(?:^|[.!?:]\s)[(\"*_]*(?:Of|What)\s(?!(?:[^.!?]|[.!](?!\s))*\?)"
PHRASE = r"(?<!here )\b(?:is|are|was|were) had\b|(?<!here )\bis none\b"
PLACE = r"\b[Tt]here stands?\b|\bstands? there\b"
HARD_TO_READ = re.compile(f"{OPENING}|{PHRASE}|{PLACE}")

FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
TABLE_HEAD = re.compile(r"^\|.*\n(?=\|[ :|-]+\|$)", re.MULTILINE)
NO_PROSE = re.compile(r"^(?:#.*| {4}.*|<!--.*-->|\|[ :|-]+\|)$", re.MULTILINE)
NEXT_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.)\s)|\n(?=\|)")
MARKER = re.compile(r"^\s*(?:[-*+]|\d+\.|>)\s+")


def paragraphs(page: str) -> Iterator[str]:
    """The prose of a page in Markdown: its paragraphs, list items and table cells, a line each."""
    page = TABLE_HEAD.sub("\n", FENCE.sub("\n", page))
    for block in NEXT_BLOCK.split(NO_PROSE.sub("\n", page)):
        block = re.sub(r"`[^`]*`", "CODE", MARKER.sub("", block))
        block = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", block)
        for part in block.split("|") if block.startswith("|") else [block]:
            yield " ".join(part.split())


def faults(page: str) -> list[str]:
    """The places of a page that a newcomer reads twice, each with the words that follow."""
    found = ((line, match) for line in paragraphs(page) for match in HARD_TO_READ.finditer(line))
    return [line[match.start() : match.end() + 60] for line, match in found]


def help_texts(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The texts of a command's help, and of the help of its actions."""
    yield parser.description or ""
    for argument in parser._actions:
        yield argument.help or ""
        if isinstance(argument, argparse._SubParsersAction):
            for action in argument.choices.values():
                yield from help_texts(action)


BAD = [
    "Of the files, three are read.",
    "It builds. What is missing is fetched.",
    "It builds.\nWhat is missing is\nfetched.",
    "One rule: What fails is kept.",
    "See `a.c`. Of these, one is kept.",
    "- What it needs is there.",
    "One.\n- Of two, one.",
    "1. Of two, one.",
    "| name | why |\n| --- | --- |\n| a | What it needs. |",
    "**What it needs** is there.",
    "That is had for nothing.",
    "They are had\nfor nothing.",
    "It is none of these.",
    "There stands a file.",
    "Its sha256 stands there.",
]

GOOD = [
    "None when there is none.",
    "It is there; where there is none, it fails.",
    "What does musl.wasm import? Nothing.",
    "Often it is found. Whatever it is, it is kept.",
    "It says what it is, and which of them.",
    "## What comes out",
    "| What it is | Of which kind |\n| --- | --- |\n| a file | musl's |",
    "Run:\n\n    What is this\n\nand wait.",
    "```\nWhat is this\nThere stands\n```\n",
    "The message is `What is had: none`.",
    "The file has its place, and stands beside the log.",
]


@pytest.mark.parametrize("sentence", BAD)
def test_a_planted_sentence_is_found(sentence):
    assert len(faults(sentence)) == 1
    assert len(faults(f"# A page\n\nA sentence.\n\n{sentence}\n\nAnother one.\n")) == 1


@pytest.mark.parametrize("sentence", GOOD)
def test_a_plain_sentence_is_no_fault(sentence):
    assert faults(f"# A page\n\n{sentence}\n\nAnother one.\n") == []


def test_a_planted_help_is_found():
    parser = argparse.ArgumentParser(description="Builds it.")
    action = parser.add_subparsers().add_parser("all")
    action.add_argument("--all", help="all of them. What is missing is fetched")
    assert [text for text in help_texts(parser) if faults(text)] == [
        "all of them. What is missing is fetched"
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_reads_plainly(page):
    assert faults(page.read_text(encoding="utf-8")) == []


def test_the_pages_are_all_there():
    names = {str(page.relative_to(ROOT)) for page in PAGES}
    assert {"README.md", "arch/wasm32/LOADER.md", "docs/decisions/README.md"} <= names


@pytest.mark.parametrize("name", cli.command_names())
def test_a_help_reads_plainly(name):
    texts = list(help_texts(cli.make_parser(name, cli.load_command(name), [])))
    assert texts[0]
    assert [fault for text in texts for fault in faults(text)] == []


def test_the_overview_reads_plainly():
    assert faults(cli.overview()) == []
