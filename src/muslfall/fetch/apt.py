"""The apt client: upstream tarballs out of Debian source packages, and binary packages, without
root.

apt is given a state of its own: lists and caches in a folder of ours, and `deb-src` or `deb`
lines made from the machine's own `deb` lines of Debian main, with the suites exchanged, since a
release may be in another suite than the machine's. Nothing of the system is changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from muslfall.base.errors import MuslfallError

#: Where to look for a source package, in this order: each suite costs an index of some 10 MB.
SUITES = ("trixie", "bookworm", "sid")
#: The suites by which a line of the configuration is known as Debian's own archive.
DEBIAN = re.compile(
    r"(stable|testing|unstable|oldstable|oldoldstable|sid|experimental"
    r"|buster|bullseye|bookworm|trixie|forky|duke)(-updates|-backports|-proposed-updates)?/?"
)

Run = Callable[[list[str], Path], str]


class AptError(MuslfallError):
    """apt cannot bring the file."""


def read_stanzas(text: str) -> list[dict[str, str]]:
    """The stanzas of a deb822 text, each field with its continuation lines; keys lower case."""
    stanzas: list[dict[str, str]] = []
    fields: dict[str, str] = {}
    key = ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                stanzas.append(fields)
            fields, key = {}, ""
        elif line[0] in " \t" and key:
            fields[key] += "\n" + line
        elif ":" in line:
            key, _, value = line.partition(":")
            key = key.strip().lower()
            fields[key] = value.strip()
    return stanzas


def source_stanzas(text: str, suite: str, kind: str = "deb-src") -> list[str]:
    """The stanzas of a .sources file that are Debian main, as deb-src or deb of one suite."""
    result = []
    for fields in read_stanzas(text):
        on = fields.get("enabled", "yes").lower() not in ("no", "false", "0", "off", "without")
        if on and "deb" in fields.get("types", "").split() and is_debian(fields):
            changed = {**fields, "types": kind, "suites": suite, "components": "main"}
            changed.pop("architectures", None)
            lines = [f"{key.title()}: {value}" for key, value in changed.items()]
            result.append("\n".join(lines) + "\n")
    return result


def is_debian(fields: dict[str, str]) -> bool:
    suites = fields.get("suites", "").split()
    return "main" in fields.get("components", "").split() and all_debian(suites)


def all_debian(suites: list[str]) -> bool:
    return bool(suites) and all(DEBIAN.fullmatch(suite) for suite in suites)


#: One line of a .list file: deb [options] URI suite components…
LINE = re.compile(r"deb\s+(?P<options>\[[^]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<rest>.*)")


def source_lines(text: str, suite: str, kind: str = "deb-src") -> list[str]:
    """The lines of a .list file that are Debian main, as deb-src or deb of one suite."""
    result = []
    for line in text.splitlines():
        found = LINE.fullmatch(line.partition("#")[0].strip())
        if found and all_debian([found["suite"]]) and "main" in found["rest"].split():
            line = f"{kind} {found['options'] or ''}{found['uri']} {suite} main"
            if line not in result:
                result.append(line)
    return result


def configuration(folder: Path = Path("/etc/apt")) -> list[Path]:
    """The files in which this machine's apt sources stand, sorted."""
    parts = folder / "sources.list.d"
    found = [*sorted(parts.glob("*.list")), *sorted(parts.glob("*.sources"))]
    return [folder / "sources.list", *found]


def write_sources(parts: Path, suite: str, files: Iterable[Path], kind: str = "deb-src") -> bool:
    """Write a private set of sources for one suite; whether there are any."""
    lines: list[str] = []
    stanzas: list[str] = []
    for path in files:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".sources":
            found = source_stanzas(text, suite, kind)
            stanzas += [stanza for stanza in found if stanza not in stanzas]
        else:
            lines += [line for line in source_lines(text, suite, kind) if line not in lines]
    parts.mkdir(parents=True, exist_ok=True)
    (parts / "muslfall.list").write_text("\n".join([*lines, ""]))
    (parts / "muslfall.sources").write_text("\n".join(stanzas))
    return bool(lines or stanzas)


def options(state: Path) -> list[str]:
    """The options that give apt a state of its own in the folder `state`."""
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": str(state / "parts"),
        "Dir::State::lists": str(state / "lists"),
        "Dir::Cache": str(state / "cache"),
        "Dir::Cache::archives": str(state / "archives"),
        # Run by root, apt would hand downloads to a user who may not write here.
        "APT::Sandbox::User": "root",
        "APT::Get::List-Cleanup": "false",
        "Acquire::Languages": "none",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def find_version(shown: str, sha256: str) -> str | None:
    """The version of the source package that holds a file of this sha256, or that is this file."""
    for stanza in read_stanzas(shown):
        if sha256 in stanza.get("checksums-sha256", "") or sha256 == stanza.get("sha256"):
            return stanza.get("version")
    return None


def fetch_tarball(
    package: str,
    sha256: str,
    folder: Path,
    first: str,
    run: Run,
    files: Iterable[Path] | None = None,
    binary: bool = False,
) -> Path:
    """Bring the tarball with this sha256 out of any suite's source package; returns its path.

    first: the suite to try before the others. run: runs a command in a folder and returns what
    it prints, or raises MuslfallError. binary: bring the binary package (.deb) with this sha256
    instead. Raises AptError: no suite has it, or none is configured.
    """
    problems: list[MuslfallError] = []
    what = "package" if binary else "tarball"
    files = list(files) if files is not None else configuration()
    for suite in dict.fromkeys([*([first] if first else []), *SUITES]):
        state = folder / f"apt-{suite}"
        if not write_sources(state / "parts", suite, files, "deb" if binary else "deb-src"):
            raise AptError("no deb line of Debian main is configured", "apt")
        try:
            version = look_up(package, sha256, state, run, binary)
            if version is None:
                raise AptError(f"no {package} with this {what}", suite)
            bring = download_package if binary else download
            return bring(package, version, state, run)
        except MuslfallError as error:
            problems.append(error)
    raise AptError(f"no suite has this {what} of {package}", "apt", problems=problems)


def look_up(package: str, sha256: str, state: Path, run: Run, binary: bool = False) -> str | None:
    """The version of `package`, in the one suite of `state`, that has the file."""
    return find_version(sources(package, state, run, binary), sha256)


def sources(package: str, state: Path, run: Run, binary: bool = False) -> str:
    """The entries of a package in the one suite of `state`, as apt shows them: stanzas, one per
    version."""
    for name in ("lists/partial", "archives/partial", "cache"):
        (state / name).mkdir(parents=True, exist_ok=True)
    run(["apt-get", *options(state), "update"], state)
    command = ["show", "--all-versions"] if binary else ["showsrc"]
    return run(["apt-cache", *options(state), *command, package], state)


def tarballs(shown: str) -> list[tuple[str, str]]:
    """Upstream's version and the sha256 of its tarball, per stanza of a source package."""
    found = []
    for stanza in read_stanzas(shown):
        upstream = stanza.get("version", "").rpartition(":")[2].rpartition("-")[0]
        lines = (line.split() for line in stanza.get("checksums-sha256", "").splitlines())
        found += [
            (upstream, words[0])
            for words in lines
            if len(words) == 3 and re.fullmatch(r".*\.orig\.tar\.\w+", words[2])
        ]
    return found


def download_package(package: str, version: str, state: Path, run: Run) -> Path:
    """Bring one version of a binary package."""
    found = state / "found"
    found.mkdir()
    run(["apt-get", *options(state), "download", f"{package}={version}"], found)
    packages = sorted(found.glob("*.deb"))
    if not packages:
        raise AptError(f"brought no {package} {version}", "apt")
    return packages[0]


def download(package: str, version: str, state: Path, run: Run) -> Path:
    """Bring the tarball of one version of a source package."""
    found = state / "found"
    found.mkdir()
    argv = ["apt-get", *options(state), "source", "--download-only", "--tar-only"]
    run([*argv, f"{package}={version}"], found)
    tarballs = sorted(found.glob("*.orig.tar.*[!c]"))
    if not tarballs:
        raise AptError(f"brought no tarball of {package} {version}", "apt")
    return tarballs[0]
