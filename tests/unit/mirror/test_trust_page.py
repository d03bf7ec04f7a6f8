"""toolchain/TRUST.md: each of its commands, in its order, does what the page says."""

import os
import re
import subprocess

import pytest
from kit.mirror import serve
from kit.signed_mirror import LKGR, add_build, snapshot

from muslfall import ROOT
from muslfall.fetch.store import Store
from muslfall.mirror import trust
from muslfall.publish.repository import Repository

PAGE = (ROOT / "toolchain/TRUST.md").read_text(encoding="utf-8")


def blocks():
    """The page's command lines, by its headings."""
    result = {}
    for part in PAGE.split("\n## ")[1:]:
        heading, _, text = part.partition("\n")
        result[heading] = re.findall(r"^    (\S.*)$", text, re.MULTILINE)
    return result


class Operator:
    """Runs the page's lines in a folder of the test's instead of /srv, /media and the checkout."""

    def __init__(self, folder, url):
        self.folder = folder
        self.tree = folder / "srv/mirror"
        self.url = url
        self.checkout = folder / "checkout"
        (self.checkout / "toolchain").mkdir(parents=True)
        for name in ("srv/mirror", *(f"media/root{number}" for number in (1, 2, 3))):
            (folder / name).mkdir(parents=True)
        (self.checkout / "muslfall").symlink_to(ROOT / "muslfall")

    def run(self, line):
        line = re.sub(r"/(srv|media)/", rf"{self.folder}/\1/", line)
        line = line.replace("https://mirror.example/wasm", self.url)
        env = {**os.environ, "MUSLFALL_STORE": str(self.folder / "store")}
        env["MUSLFALL_MIRROR_ROOT"] = "toolchain/mirror-root.json"
        done = subprocess.run(
            ["sh", "-c", line], capture_output=True, text=True, cwd=self.checkout, env=env
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.mark.slow
def test_an_operator_follows_the_page(tmp_path, monkeypatch):
    page = blocks()
    number = 1
    with serve() as mirror:
        operator = Operator(tmp_path, mirror.url)
        add_build(operator.tree, number)
        for heading, lines in page.items():
            for line in lines:
                if " sign " in line and heading != "The first day":
                    number += 1
                    add_build(operator.tree, number)
                mirror.files = snapshot(operator.tree)
                said = operator.run(line)
                if " approve " in line:
                    assert "is published" in said
                mirror.files = snapshot(operator.tree)
                if (operator.checkout / "toolchain/mirror-root.json").exists():
                    root = operator.checkout / "toolchain/mirror-root.json"
                    client = trust.Client(mirror.url, Store(tmp_path / "reader"), root)
                    assert client.target(LKGR).read_text() == f'{{"build": {number}}}\n', line
        assert not list(tmp_path.rglob("*.old.pem"))
    assert number >= 3
    # renew, renew and approve, and three times rotate.
    assert Repository(operator.tree).root().signed.version == 6


def test_the_page_has_a_command_for_each_action():
    shown = {line.split()[2] for lines in blocks().values() for line in lines if "trust" in line}
    expected = {"init", "sign", "refresh", "status", "renew", "approve", "rotate", "list", "get"}
    assert shown & expected == expected


def test_the_page_tells_the_lifetimes_that_the_code_has():
    from muslfall.publish.repository import LIFETIMES

    for role, days in LIFETIMES.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{role}"))
        said = {"a year": 365}.get(row.split("|")[-2].strip()) or int(row.split("|")[-2].split()[0])
        assert said == days
