"""The kernel by itself, in wasmtime and in node: the fixtures of its tests."""

import pytest
from kit.kernel_hosts import HOSTS, import_wasmtime, kernel_wasm


@pytest.fixture(scope="session")
def wasm(tmp_path_factory):
    import_wasmtime()
    return kernel_wasm(tmp_path_factory.mktemp("kernel"))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture(params=sorted(HOSTS))
def start(request, wasm, tmp_path, folder):
    """Start a kernel in each host; the streams are files in tmp_path."""
    started = []

    def start(stdin=b"", dirs=None, **options):
        (tmp_path / "stdin").write_bytes(stdin)
        for name in ("stdout", "stderr"):
            (tmp_path / name).write_bytes(b"")
        dirs = {"/home": folder} if dirs is None else dirs
        started.append(HOSTS[request.param](wasm, tmp_path, dirs=dirs, **options))
        return started[-1]

    yield start
    for kernel in started:
        kernel.close()


@pytest.fixture
def k(start):
    return start()
