"""apt: the private sources, and the choice of a source package."""

import shutil
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest
from muslfall.fetch import apt
from muslfall.fetch.apt import AptError
from muslfall.fetch.sources import AptSource, Job
from muslfall.pins import lkgr

DEB822 = """\
# The distribution
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
# in between
Check-Valid-Until: no

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://other.example/apt
Suites: nodistro
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: sid
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: sid
Components: main
"""
LIST = """\
# deb http://commented.example/debian bookworm main
deb [signed-by=/k.gpg arch=amd64] http://mirror.example/debian bookworm main contrib # here
deb http://mirror.example/debian bookworm-updates main
deb http://security.example/debian-security bookworm-security main
deb-src http://source.example/debian bookworm main
deb http://ubuntu.example/ubuntu noble main universe
deb http://mirror.example/debian bookworm contrib
"""
SHOWSRC = """\
Package: musl
Version: 1.2.5-3
Checksums-Sha256:
 aaaa 100 musl_1.2.5-3.dsc
 bbbb 200 musl_1.2.5.orig.tar.gz

Package: musl
Version: 1.2.3-1
Checksums-Sha256:
 cccc 200 musl_1.2.3.orig.tar.gz
"""


def test_a_sources_stanza_keeps_all_but_kind_suite_and_component():
    (stanza,) = apt.source_stanzas(DEB822, "sid")
    assert stanza == (
        "Types: deb-src\n"
        "Uris: http://mirror.example/debian\n"
        "Suites: sid\n"
        "Components: main\n"
        "Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n"
        "Check-Valid-Until: no\n"
    )


def test_lines_keep_their_options_and_address():
    assert apt.source_lines(LIST, "trixie") == [
        "deb-src [signed-by=/k.gpg arch=amd64] http://mirror.example/debian trixie main",
        "deb-src http://mirror.example/debian trixie main",
    ]


def test_the_package_is_chosen_by_the_tarballs_sha256():
    assert apt.find_version(SHOWSRC, "bbbb") == "1.2.5-3"
    assert apt.find_version(SHOWSRC, "cccc") == "1.2.3-1"
    assert apt.find_version(SHOWSRC, "dddd") is None


class Apt:
    """Stands for apt-get and apt-cache: which suites have which tarball."""

    def __init__(self, suites, broken=()):
        self.suites = suites
        self.broken = broken
        self.log = []

    def __call__(self, argv, folder):
        parts = next(word for word in argv if word.startswith("Dir::Etc::sourceparts="))
        text = Path(parts.partition("=")[2], "muslfall.list").read_text()
        suite = text.split()[2]
        words = [word for word in argv[1:] if word != "-o" and "::" not in word]
        self.log.append((suite, argv[0], *words))
        if words[0] == "update" and suite in self.broken:
            raise MuslfallError("no such suite")
        if words[0] == "showsrc":
            return self.suites.get(suite, "")
        if words[0] == "show":
            return self.suites.get(suite, "")
        if words[0] == "download":
            (folder / "gcc-source_12_all.deb").write_text(text.split()[0])
        if words[0] == "source":
            (folder / "musl_1.2.5.orig.tar.gz").write_text("tarball")
            (folder / "musl_1.2.5.orig.tar.gz.asc").write_text("signature")
        return ""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "sources.list").write_text("deb http://mirror.example/debian bookworm main\n")
    return [tmp_path / "sources.list", tmp_path / "not-there.list"]


def test_the_first_suite_is_asked_alone_when_it_has_the_tarball(tmp_path, files):
    run = Apt({"sid": SHOWSRC})
    path = apt.fetch_tarball("musl", "bbbb", tmp_path / "w", "sid", run, files)
    assert path.read_text() == "tarball"
    assert run.log == [
        ("sid", "apt-get", "update"),
        ("sid", "apt-cache", "showsrc", "musl"),
        ("sid", "apt-get", "source", "--download-only", "--tar-only", "musl=1.2.5-3"),
    ]


def test_other_suites_are_tried_after_it(tmp_path, files):
    run = Apt({"bookworm": SHOWSRC}, broken=("sid",))
    apt.fetch_tarball("musl", "bbbb", tmp_path / "w", "sid", run, files)
    assert [line[0] for line in run.log if line[2] == "update"] == ["sid", "trixie", "bookworm"]


def test_a_binary_package_comes_by_deb_lines(tmp_path, files):
    run = Apt({"sid": "Package: gcc-source\nVersion: 12\nSHA256: cccc\n"})
    path = apt.fetch_tarball("gcc-source", "cccc", tmp_path / "w", "sid", run, files, binary=True)
    assert (path.name, path.read_text()) == ("gcc-source_12_all.deb", "deb")
    assert run.log[1:] == [
        ("sid", "apt-cache", "show", "--all-versions", "gcc-source"),
        ("sid", "apt-get", "download", "gcc-source=12"),
    ]


def test_what_each_suite_said_is_told(tmp_path, files):
    run = Apt({}, broken=("trixie",))
    with pytest.raises(AptError) as caught:
        apt.fetch_tarball("musl", "bbbb", tmp_path / "w", "", run, files)
    text = str(caught.value)
    assert "no such suite" in text and "bookworm: no musl" in text and "sid: no musl" in text


def test_a_machine_without_debian(tmp_path, files):
    files[0].write_text("deb http://ubuntu.example/ubuntu noble main\n")
    with pytest.raises(AptError, match="no deb line of Debian main"):
        apt.fetch_tarball("musl", "bbbb", tmp_path / "w", "sid", Apt({}), files)


def test_all_of_apts_state_is_in_the_folder(tmp_path):
    settings = dict(word.split("=", 1) for word in apt.options(tmp_path)[1::2])
    for key in ("Dir::Etc::sourceparts", "Dir::State::lists", "Dir::Cache"):
        assert settings[key].startswith(str(tmp_path))
    assert settings["Dir::Etc::sourcelist"] == "/dev/null"


@pytest.mark.network
@pytest.mark.slow
def test_apt_itself_brings_musl(tmp_path):
    """Debian's archive, by this machine's own configuration, gives upstream's very bytes."""
    if shutil.which("apt-get") is None:
        pytest.skip("this machine has no apt")
    release = lkgr.load_lkgr(ROOT).releases["musl"]
    job = Job(release, release.file(), tmp_path, tmp_path / "partial")
    path = AptSource().fetch(job)
    assert digest(path) == release.file().sha256
