"""The tools by the names that a configure script looks for with --host."""

from __future__ import annotations

PREFIX = "wasm32-unknown-linux-musl"


def test_what_configure_looks_for(place, shell):
    (place / "f.c").write_text("int f(void) { return 5; }\n")
    (place / "m.c").write_text("int f(void);\nint main(void) { return f(); }\n")
    shell(f"{PREFIX}-cc -c f.c && {PREFIX}-ar rcs libf.a f.o && {PREFIX}-ranlib libf.a")
    shell(f"{PREFIX}-cc m.c -L. -lf -o m && musl-run ./m", 5)
    assert shell(f"{PREFIX}-pkg-config --exists musl && echo found").stdout == "found\n"


def test_the_compiler_names_its_own_tools(lkgr, shell):
    for name in ("ld", "ar", "ranlib", "strip"):
        found = shell(f"musl-clang -print-prog-name={name}").stdout.strip()
        assert found == str(lkgr.resolve() / "bin" / f"musl-{name}")
    assert shell("musl-clang -print-prog-name=nosuch").stdout == "nosuch\n"
    assert "compatible with GNU linkers" in shell("musl-clang -Wl,--version").stdout


def test_strip_leaves_a_program_that_runs(place, shell):
    (place / "m.c").write_text("int main(void) { return 6; }\n")
    shell("musl-clang -g m.c -o m && cp m whole && musl-strip m && musl-run ./m", 6)
    assert (place / "m").stat().st_size < (place / "whole").stat().st_size
    shell("musl-clang -c m.c && musl-strip m.o && musl-clang m.o -o n && musl-run ./n", 6)
    assert "is no wasm module" in shell("musl-strip m.c", 1).stderr
