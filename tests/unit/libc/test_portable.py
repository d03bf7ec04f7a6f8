"""Which files make the libc, of trees made here and of every pinned musl."""

import pytest

from muslfall import ROOT
from muslfall.fetch import fetcher
from muslfall.libc import portable
from muslfall.pins import series as pins

#: Files of musl's src/*/*.c and of mallocng, and of LEFT_OUT; counted with ls(1).
COUNTS = {"1.2.3": (1341, 10), "1.2.5": (1345, 10), "1.2.6": (1349, 10)}


@pytest.fixture
def checkout(tmp_path):
    """A checkout with a musl, and a port with one twin and one addition."""
    files = (
        "musl/src/string/memcpy.c", "musl/src/string/strlen.c", "musl/src/string/x86_64/memcpy.s",
        "musl/src/string/arm/memcpy.c", "musl/src/malloc/mallocng/malloc.c",
        "musl/src/malloc/oldmalloc/malloc.c", "musl/crt/crt1.c", "musl/ldso/dynlink.c",
        "arch/wasm32/src/string/memcpy.c", "arch/wasm32/src/setjmp/longjmp.c",
        "arch/wasm32/kernel/fd.c",
    )  # fmt: skip
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_twins_replace_and_additions_add(checkout):
    found = portable.find(checkout / "musl", checkout)
    assert list(found.built) == [
        "arch/wasm32/src/setjmp/longjmp.c",
        "arch/wasm32/src/string/memcpy.c",
        "src/malloc/mallocng/malloc.c",
        "src/string/strlen.c",
    ]
    assert found.built["src/string/strlen.c"] == checkout / "musl/src/string/strlen.c"
    assert found.replaced == ("src/string/memcpy.c",)


def test_what_is_left_out_has_a_reason(checkout):
    left_out = portable.find(checkout / "musl", checkout).left_out
    assert list(left_out) == ["crt/crt1.c", "ldso/dynlink.c", "src/malloc/oldmalloc/malloc.c"]
    assert set(left_out.values()) == set(portable.LEFT_OUT.values())


def test_a_new_file_of_the_port_changes_one_of_the_folders(checkout):
    folders = portable.folders(checkout)
    assert folders == ["arch/wasm32/src", "arch/wasm32/src/setjmp", "arch/wasm32/src/string"]
    assert all(
        path.parent.relative_to(checkout).as_posix() in folders
        for path in portable.port_files(checkout)
    )


@pytest.mark.parametrize("version", COUNTS)
def test_every_portable_file_of_a_pinned_musl(version):
    musl = fetcher.ensure([pins.load_series(ROOT, "musl").release(version)])["musl"]
    found = portable.find(musl, ROOT)
    port = [key for key in found.built if key.startswith(portable.PORT)]
    own = len(found.built) - len(port)
    assert (own + len(found.replaced), len(found.left_out)) == COUNTS[version]
    twins = {key.removeprefix(f"{portable.PORT}/") for key in port}
    assert set(found.replaced) == {key for key in twins if (musl / key).exists()}
    assert not set(found.replaced) & found.built.keys()
