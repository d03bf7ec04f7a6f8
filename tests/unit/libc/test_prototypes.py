"""Prototypes in headers: which names a declaration declares, and where they are looked up."""

from pathlib import Path

import pytest

from muslfall.libc import prototypes

HEADER = r"""
/* int no(void); */
#ifdef __cplusplus
extern "C" {
#endif
#define f(x) \
	g(x);
typedef int (*callback)(int);
struct pair { int (*first)(int), second; };
extern int datum; // int neither(void);
int one (const char *__restrict, ...);
_Noreturn void two(int) __attribute__((__format__(printf, 1, 2)));
void (*three(int, void (*)(int)))(int);
static __inline int four(int x) { return five(x); }
__REL_DEF(lessf, float) __REL_DEF(less, double)
double
    six(double);
struct pair *seven(struct pair, int (*)(const void *, const void *));
#ifdef __cplusplus
}
#endif
int eight(void) __fa(1) __fa(2);
"""


def test_declarations():
    assert prototypes.parse(HEADER) == {
        "one": "int one (const char *restrict, ...)",
        "two": "_Noreturn void two(int)",
        "three": "void (*three(int, void (*)(int)))(int)",
        "six": "double six(double)",
        "seven": "struct pair *seven(struct pair, int (*)(const void *, const void *))",
        "eight": "int eight(void)",
    }


@pytest.fixture
def headers(tmp_path):
    folder = tmp_path / "include"
    texts = {
        "b.h": "int f(int);\nint g(void);\n",
        "a.h": "int f(int);\n",
        "sys/c.h": "char *ff(void);\n",
        "bits/d.h": "int h(void);\n",
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_the_index_is_sorted_and_names_the_first_header(headers):
    assert prototypes.index(headers) == (
        "f\ta.h: int f(int)\nff\tsys/c.h: char *ff(void)\ng\tb.h: int g(void)\n"
    )


def test_a_header_with_inline_functions_stands_for_the_one_of_musl_that_it_includes(headers):
    inline = '#include "musl/a.h"\nint f(int x) { return x; }\n__MACRO(f);\nint own(void);\n'
    (headers / "musl").mkdir()
    (headers / "a.h").rename(headers / "musl/a.h")
    (headers / "a.h").write_text(inline)
    assert prototypes.index(headers).splitlines()[0] == "f\ta.h: int f(int)"
    assert "own" not in prototypes.index(headers)


def test_look_up_beside_a_libc(headers, tmp_path):
    place = tmp_path / prototypes.INDEX
    place.parent.mkdir(parents=True)
    assert prototypes.main([str(headers), str(place)]) == 0
    declared = prototypes.reader(lambda path: Path(path).read_bytes())
    assert declared(str(tmp_path / "musl.wasm"), "f") == "a.h: int f(int)"
    assert declared(str(tmp_path / "musl.wasm"), "h") is None
    assert declared(str(tmp_path / "elsewhere" / "musl.wasm"), "f") is None
