"""The tools by the names that a configure script looks for with --host."""

from __future__ import annotations

PREFIX = "wasm32-unknown-linux-musl"


def test_what_configure_looks_for(place, shell):
    (place / "f.c").write_text("int f(void) { return 5; }\n")
    (place / "m.c").write_text("int f(void);\nint main(void) { return f(); }\n")
    shell(f"{PREFIX}-cc -c f.c && {PREFIX}-ar rcs libf.a f.o && {PREFIX}-ranlib libf.a")
    shell(f"{PREFIX}-cc m.c -L. -lf -o m && musl-run ./m", 5)
    assert shell(f"{PREFIX}-pkg-config --exists musl && echo found").stdout == "found\n"
