"""The revision of a component: what its tools, or the package that it came in, say of it.

Nothing is looked up elsewhere and nothing is made up: what neither says is None.
"""

from __future__ import annotations

import email.parser
import hashlib
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from muslfall.hosts import command as host
from muslfall.pins.release import Release
from muslfall.waterfall.record import SELF, Repository

#: Seconds that a tool may take to name itself.
TIMEOUT = 60
#: Per component the tool that is asked, and how.
QUESTIONS = {
    "llvm": ("clang", ["--version"]),
    "v8": (
        "node",
        ["-p", "JSON.stringify([process.version, process.versions.v8, process.release.sourceUrl])"],
    ),
    "wasm-tools": ("wasm-tools", ["--version"]),
    "wabt": ("wasm-objdump", ["--version"]),
}
#: clang as LLVM's CMake builds it from a checkout: clang version VERSION (REMOTE HASH).
CLANG = re.compile(r"clang version \S+ \((\S+) ([0-9a-f]{7,40})\)")
#: wasm-tools VERSION (HASH DATE).
WASM_TOOLS = re.compile(r"wasm-tools \S+ \(([0-9a-f]{7,40}) [\d-]+\)")


def of(release: Release, tree: Path) -> Repository:
    """The revision that the release in its unpacked `tree` reports."""
    said = ""
    if release.component in QUESTIONS:
        tool, words = QUESTIONS[release.component]
        first, *rest = release.tools.get(tool, ("",))
        said = ask([str(tree / first), *rest, *words]) if first else ""
    elif release.component == "musl":
        said = read(tree / "VERSION")
    return combine(release.component, said, packages(tree))


def ask(argv: Sequence[str]) -> str:
    """A tool's output; nothing when it cannot be run, or fails."""
    try:
        done = subprocess.run(
            argv,
            env=host.clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout.decode("utf-8", "replace")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def packages(tree: Path) -> list[str]:
    """The descriptions of the Python packages in a tree."""
    return [read(path) for path in sorted(tree.glob("*.dist-info/METADATA"))]


def combine(component: str, said: str, described: Sequence[str] = ()) -> Repository:
    """The tool's own words, and its package's description for what they leave out."""
    parsers = {"llvm": clang, "v8": node, "wasm-tools": wasm_tools}
    found = parsers.get(component, plain)(component, said.strip())
    for text in described:
        found = described_by(component, found, email.parser.HeaderParser().parsestr(text))
    return found


def plain(component: str, said: str) -> Repository:
    """A tool or a file that says its version and no more."""
    return Repository(subject=f"{component} {said.splitlines()[0]}" if said else None)


def clang(component: str, said: str) -> Repository:
    line = said.partition("\n")[0]
    match = CLANG.search(line)
    remote, revision = match.groups() if match else (None, None)
    return Repository(hash=revision, subject=line or None, remote=remote)


def node(component: str, said: str) -> Repository:
    """V8 has no revision of its own in node; the sources are node's."""
    if not said:
        return Repository()
    version, v8, source = json.loads(said)
    return Repository(subject=f"node {version}, V8 {v8}", remote=source)


def wasm_tools(component: str, said: str) -> Repository:
    match = WASM_TOOLS.match(said)
    return Repository(hash=match[1] if match else None, subject=said or None)


def described_by(component: str, found: Repository, package: Mapping[str, str]) -> Repository:
    """`found`, and what a package's metadata adds to it.

    A package may be somebody's who packs the component: then only the address that it gives under
    the component's name is the component's.
    """
    addresses = dict(project_urls(package))
    remote = addresses.get(component)
    name = subject = None
    if package["Name"] == component:
        remote = remote or addresses.get("source code")
        author = package["Author"] or (package["Author-email"] or "").partition("<")[0]
        name = author.strip() or None
        subject = f"{component} {package['Version']}"
    return replace(
        found, remote=found.remote or remote, name=name, subject=found.subject or subject
    )


def project_urls(package) -> list[tuple[str, str]]:
    """Label, in lower case, and address of each Project-URL."""
    lines = package.get_all("Project-URL") or []
    return [
        (label.strip().lower(), url.strip())
        for label, _, url in (line.partition(",") for line in lines)
    ]


def own(root: Path) -> Repository:
    """muslfall's, by git; nothing where the checkout is none of git's.

    The hash ends with -dirty when a file that belongs to it is changed, but for the records.
    """
    head = git(root, "log", "-1", "--format=%H%n%s").splitlines()
    if len(head) != 2:
        return Repository()
    changed = git(root, "status", "--porcelain", "--untracked-files=no", "--", ":!waterfall")
    return Repository(hash=head[0] + ("-dirty" if changed else ""), subject=head[1])


def edits(root: Path) -> str:
    """One sha256 over all that git has not got: equal when nothing was edited in between."""
    files = git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", ":!waterfall")
    whole = hashlib.sha256(git(root, "diff", "--binary", "HEAD", "--", ":!waterfall").encode())
    for name in sorted(filter(None, files.split("\0"))):
        path = root / name
        content = path.read_bytes() if path.is_file() else b""
        whole.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return whole.hexdigest()


def git(root: Path, *words: str) -> str:
    """The output of git; nothing when there is no git, or it fails."""
    return ask(["git", "-C", str(root), *words])


def all_of(releases: Mapping[str, Release], trees: Mapping[str, Path]) -> dict[str, Repository]:
    """The repositories of a build, muslfall's too, by name."""
    found = {name: of(release, trees[name]) for name, release in releases.items()}
    return found | {SELF: own(Path())}
