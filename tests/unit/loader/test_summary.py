"""What a module says of itself, as it was kept: nothing is lost, and its format has a number."""

import hashlib
import marshal
from pathlib import Path

import pytest
from kit.every_section import everything
from kit.loader_cases import assemble_all

from muslfall.base import digest
from muslfall.loader import summary as wasm_summary
from muslfall.loader.cache import Cache, make_key
from muslfall.wasm import module as wasm
from muslfall.wasm import writer as write


def same(one: object, other: object) -> bool:
    """Whether two modules say the same, in objects of the same classes."""
    said = [
        [(name, repr(getattr(module, name))) for name in wasm.Module.__annotations__]
        for module in (one, other)
    ]
    return said[0] == said[1]


def through(module: wasm.Module) -> wasm.Module:
    return wasm_summary.load(wasm_summary.dump(module), module.data, module.path)


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory) -> Path:
    return assemble_all(tmp_path_factory.mktemp("loader"))


def test_every_fixture(fixtures):
    read = 0
    for path in sorted(filter(Path.is_file, fixtures.rglob("*.wasm"))):  # no device, no FIFO
        try:
            module = wasm.parse(path.read_bytes(), str(path))
        except wasm.WasmError:
            continue
        assert same(through(module), module), path
        read += 1
    assert read > 50


def test_everything_that_a_module_may_have():
    module = wasm.parse(everything())
    assert same(through(module), module)


def test_what_is_found_in_a_module_has_a_number():
    """Fails where summaries change: FORMAT gets the next number, and this the new digest."""
    summary = wasm_summary.dump(wasm.parse(everything()))
    said = repr((wasm_summary.load(summary, b"").__dict__, marshal.loads(summary)))
    assert wasm_summary.FORMAT.startswith("summary 2 ")
    assert hashlib.sha256(said.encode()).hexdigest()[:16] == "503ed79dfcb1c638"


@pytest.fixture
def large(monkeypatch):
    """A module of which a summary is worthwhile."""
    monkeypatch.setattr(wasm_summary, "WORTHWHILE", 100)
    return everything() + write.custom("x", bytes(100))


def test_a_summary_is_kept_and_read(large, tmp_path, monkeypatch):
    cache = Cache(tmp_path)
    whole = wasm.parse(large, "m.wasm")
    first = wasm_summary.parse(large, "m.wasm", cache)
    monkeypatch.setattr(wasm, "parse", None)
    second = wasm_summary.parse(large, "m.wasm", cache)
    assert same(first, whole) and same(second, whole)
    assert first.digest == second.digest == whole.digest


def test_a_small_module_has_none(large, tmp_path):
    wasm_summary.parse(large[:8], None, Cache(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


def test_a_module_that_is_wrong_has_none(large, tmp_path):
    with pytest.raises(wasm.WasmError):
        wasm_summary.parse(large[:-1], "m.wasm", Cache(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "damage",
    [lambda c: b"", lambda c: c[:-1], lambda c: c[:9] + b"?" + c[10:]],
    ids=["empty", "cut", "changed"],
)
def test_a_damaged_summary_is_made_again(large, tmp_path, damage):
    cache = Cache(tmp_path)
    wasm_summary.parse(large, None, cache)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert same(wasm_summary.parse(large, None, cache), wasm.parse(large))
    assert path.read_bytes() == whole


def test_a_summary_that_others_may_write_is_not_read(large, tmp_path):
    cache = Cache(tmp_path)
    key = make_key(digest.of(large), wasm_summary.FORMAT)
    cache.write(key, b"no summary")
    (tmp_path / key).chmod(0o666)
    assert same(wasm_summary.parse(large, None, cache), wasm.parse(large))
