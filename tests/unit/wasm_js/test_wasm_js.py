"""wasm.js: the fixtures of both loaders, its own libc, its own WASI, and its hosts."""

import base64
import ctypes
import functools
import http.server
import json
import math
import os
import re
import threading

import pytest
from kit.engine_v8 import WASM_JS, d8, in_one_process, run
from kit.loader_cases import FIXTURES, assemble, assemble_all, cases, truncations
from kit.wat_calls import Program, pack

NAME = "wasm.js"


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory):
    return assemble_all(tmp_path_factory.mktemp("loader"))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_case_in_d8_with_the_hosts_wasi(case, fixtures):
    done = d8("--expose-wasm", WASM_JS, "--", *case.argv, cwd=fixtures)
    assert case.problems(done.returncode, done.stdout, done.stderr, NAME) == []


def is_for_d8(case) -> bool:
    devices = any(target.startswith("/dev/") for target in case.links.values())
    return "--dir" not in str(case.argv) and not case.fifos and not devices


@pytest.mark.parametrize("dialect", ["node", "d8"])
def test_cases_with_the_wasi_of_wasm_js(dialect, fixtures):
    # d8 cannot tell what is a folder, a FIFO or a device
    chosen = [case for case in cases() if dialect == "node" or is_for_d8(case)]
    jobs = [{"argv": case.argv, "dialect": dialect} for case in chosen]
    results = in_one_process(jobs, fixtures)
    problems = {
        case.name: found
        for case, result in zip(chosen, results, strict=True)
        if (found := case.problems(*result, NAME, reasons=dialect == "node"))
    }
    assert problems == {}


def test_every_truncation_is_refused_with_a_reason(fixtures):
    cuts = truncations(fixtures)
    assert len(cuts) > 300
    jobs = [
        {"argv": ["truncated.wasm"], "files": {"truncated.wasm": base64.b64encode(cut).decode()}}
        for cut in cuts
    ]
    for size, (status, stdout, stderr) in enumerate(in_one_process(jobs, fixtures)):
        assert (status, stdout) == (127, b""), size
        assert re.fullmatch(rb"wasm\.js: truncated\.wasm: [^\n]+\n", stderr), (size, stderr)


def test_every_changed_byte_ends_with_a_known_status(fixtures):
    whole = (fixtures / "truncated.wasm").read_bytes()
    changed = [
        whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :]
        for at in range(len(whole))
        for flip in (1, 0x80, 0xFF)
    ]
    jobs = [
        {"argv": ["truncated.wasm"], "files": {"truncated.wasm": base64.b64encode(one).decode()}}
        for one in changed
    ]
    for index, (status, _, stderr) in enumerate(in_one_process(jobs, fixtures)):
        assert b"internal error" not in stderr, (index, stderr)
        assert status == 127 or status == 134 or stderr == b"", (index, status, stderr)


def test_run_by_node_itself(fixtures):
    done = run(WASM_JS, "hello.wasm", cwd=fixtures)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"hello\n", b"")


def test_what_node_keeps_of_wasm_js_may_be_damaged(fixtures, tmp_path):
    environment = {**os.environ, "NODE_COMPILE_CACHE": str(tmp_path)}

    def hello():
        done = run(WASM_JS, "hello.wasm", cwd=fixtures, env=environment)
        assert (done.returncode, done.stdout, done.stderr) == (3, b"hello\n", b"")
        [kept] = [path for path in tmp_path.rglob("*") if path.is_file()]
        return kept

    kept = hello()
    whole = kept.read_bytes()
    half = len(whole) // 2
    flipped = whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :]
    for damaged in (b"", whole[:half], flipped, b"\x7fELF" + whole[4:], bytes(len(whole))):
        kept.write_bytes(damaged)
        hello()


def test_stats(fixtures):
    done = run(WASM_JS, "--stats", "hello.wasm", cwd=fixtures)
    stats = json.loads(done.stderr)
    assert sorted(stats) == ["link_ms", "load_ms", "memory_bytes", "run_ms", "syscalls", "trap"]
    assert stats["syscalls"] == {"syscall_64": 1}
    assert stats["memory_bytes"] % 65536 == 0 < stats["memory_bytes"]
    assert all(stats[key] > 0 for key in ("load_ms", "link_ms", "run_ms"))


def test_stats_of_a_program_that_does_not_load(fixtures):
    done = run(WASM_JS, "--stats", "nothing.wasm", cwd=fixtures)
    stats = json.loads(done.stderr.splitlines()[-1])
    assert (done.returncode, stats["link_ms"], stats["run_ms"]) == (127, None, None)


# ------------------------------------------------------------------ the small libc


def output(program, folder, result="(i32.const 0)"):
    """Run a Program without a libc: status, stdout, stderr."""
    assemble(program.text(result), folder / "main.wasm")
    [done] = in_one_process([{"argv": ["--strict", "main.wasm"]}], folder)
    return done


INTEGERS = [
    b"%d", b"%i", b"%5d|", b"%-5d|", b"%05d|", b"%+d", b"% d", b"%.3d", b"%8.3d|", b"%-8.3d|",
    b"%08.3d|", b"%.0d", b"%u", b"%x", b"%X", b"%#x", b"%#X", b"%#o", b"%o", b"%#.0o", b"%#010x",
    b"%hd", b"%hhd", b"%hu", b"%hhu", b"%hhx", b"%+.0d", b"%c", b"%5c|", b"%-5c|", b"%%%d%%",
]  # fmt: skip
FLOATS = [
    b"%f", b"%.0f", b"%#.0f", b"%.1f", b"%.20f", b"%12.3f|", b"%-12.3f|", b"%012.3f|", b"%+f",
    b"% f", b"%F", b"%e", b"%.0e", b"%#.0e", b"%E", b"%.17e", b"%12.2e|", b"%g", b"%#g", b"%G",
    b"%.0g", b"%.3g", b"%.17g", b"%010g|", b"%+.3g", b"%.40g", b"%.2a", b"%.0a",
]  # fmt: skip
DOUBLES = [
    0.0, -0.0, 1.0, -1.5, 0.5, 1.5, 2.5, 0.1, 9.5, 9.995, 99.9999995, 1e5, 123456.0, 999999.5,
    1e21, 1e100, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 1e-5, 1e-4, 0.00012345,
    math.pi, -math.e, math.inf, -math.inf, 123456789012345680.0, 0.3, 1e15, 4503599627370497.5,
]  # fmt: skip


def expected(form, *args):
    """What the C library of this machine prints."""
    buffer = ctypes.create_string_buffer(2000)
    ctypes.CDLL(None).snprintf(buffer, ctypes.c_size_t(2000), form, *args)
    return buffer.value + b"\n"


def test_printf_of_integers_is_the_c_librarys(tmp_path):
    program, wanted = Program(), b""
    for form in INTEGERS:
        for value in (0, 1, -1, 65, 1234, -98765, 2**31 - 1, -(2**31)):
            if form.endswith((b"c", b"c|")) and value != 65:
                continue
            program.printf(form + b"\n", pack(value))
            wanted += expected(form, ctypes.c_int(value))
    assert output(program, tmp_path)[:2] == (0, wanted)


def test_printf_of_64_bit_integers_is_the_c_librarys(tmp_path):
    program, wanted = Program(), b""
    for form in (b"%lld", b"%llu", b"%llx", b"%jd", b"%20lld|", b"%-20llX|", b"%#llo", b"%+lld"):
        for value in (0, 1, -1, 2**32, 2**63 - 1, -(2**63)):
            program.printf(b"%d " + form + b"\n", pack(7, ("j", value)))
            wanted += b"7 " + expected(form, ctypes.c_longlong(value))
    assert output(program, tmp_path)[:2] == (0, wanted)


def test_printf_of_doubles_is_the_c_librarys(tmp_path):
    program, wanted = Program(), b""
    for form in FLOATS:
        for value in DOUBLES:
            if form.endswith(b"a") and 0 < abs(value) < 1e-300:
                continue  # C libraries differ on what they put before the point
            if form == b"%#g" and value == 999999.5:
                continue  # some glibc write 1.e+06
            program.printf(form + b"\n", pack(value))
            wanted += expected(form, ctypes.c_double(value))
    got = output(program, tmp_path)[1].splitlines()
    assert got == wanted.splitlines()


def test_printf_of_strings_widths_and_mixed_arguments(tmp_path):
    program = Program()
    text = program.string("grüße".encode())
    program.body.append(f"(i32.store (global.get $base) {text})")
    for form in (b"%s\n", b"%.2s|\n", b"%10s|\n", b"%-10s|\n"):
        program.do(program.call("printf", "ii:i", form, "(global.get $base)"))
    program.printf(b"%*d|%-*d|%*d|%.*d|%.*f\n", pack(5, 1, 5, 2, -5, 3, 3, 4, -1, 0.5))
    program.printf(
        b"%d %lld %d %g %s%p %p|%8p|%.1p\n", pack(1, ("j", 2**40), 3, 4.5, 0, 0, 18, 18, 18)
    )
    program.printf(b"%a %a %a %A\n", pack(1.0, 0.1, -5e-324, 255.5))
    program.printf(b"%f %5.1f| %F %g\n", pack(math.nan, math.nan, math.inf, -math.inf))
    binary128 = (1).to_bytes(14, "little") + (0x3FFF).to_bytes(2, "little")  # 1 + 2 ** -112
    program.printf(b"%.36Lf %Lg\n", binary128 + bytes(14) + (0xC000).to_bytes(2, "little"))
    assert output(program, tmp_path)[1].decode().splitlines() == [
        "grüße",
        "gr|",
        "   grüße|",
        "grüße   |",
        "    1|2    |3    |004|0.500000",
        "1 1099511627776 3 4.5 (null)0 0x12|    0x12|0x00000012",
        "0x1p+0 0x1.999999999999ap-4 -0x1p-1074 0X1.FFP+7",
        "nan   nan| INF -inf",
        "1.000000000000000000000000000000000193 -2",
    ]


def test_printf_returns_and_stores_the_count(tmp_path):
    program = Program()
    where = program.bytes(bytes(8))
    program.body.append(f"(i32.store (global.get $base) {where})")
    program.do(program.call("printf", "ii:i", b"abc%ndef\n", "(global.get $base)"))
    program.do(program.call("printf", "ii:i", b"%d\n", where))
    program.show("printf", "ii:i", b"12345\n", "(global.get $base)")
    assert output(program, tmp_path)[1] == b"abcdef\n3\n12345\n6\n"


def test_sprintf_and_snprintf(tmp_path):
    program = Program()
    buffer = program.bytes(b"#" * 15 + b"\0")
    args = program.bytes(pack(42))
    program.show("snprintf", "iiii:i", buffer, 4, b"[%d]-", args)
    program.do(program.call("puts", "i:i", buffer))
    program.show("sprintf", "iii:i", buffer, b"[%d]-", args)
    program.do(program.call("puts", "i:i", buffer))
    assert output(program, tmp_path)[1] == b"5\n[42\n5\n[42]-\n"


MATH = [
    ("sin", 1.0), ("cos", 1.0), ("tan", 1.0), ("asin", 0.5), ("acos", 0.5), ("atan", 2.0),
    ("sinh", 1.0), ("cosh", 1.0), ("tanh", 1.0), ("exp", 1.0), ("expm1", 1e-9), ("log", 10.0),
    ("log1p", 1e-9), ("log2", 8.0), ("log10", 1000.0), ("sqrt", 2.0), ("cbrt", 27.0),
    ("floor", -1.5), ("ceil", -1.5), ("trunc", -1.5), ("fabs", -1.5), ("exp2", 10.0),
    ("asinh", 1.0), ("acosh", 2.0), ("atanh", 0.5),
    *[(name, x) for name in ("round", "rint", "nearbyint") for x in (-2.5, -1.5, -0.5, 0.5, 1.5)],
    ("round", 0.49999999999999994), ("rint", 4503599627370495.5), ("round", -0.2),
]  # fmt: skip
MATH_OF_TWO = [
    ("atan2", -1.0, -1.0), ("pow", 2.0, 0.5), ("pow", 1.0, math.inf), ("pow", -1.0, -math.inf),
    ("pow", 1.0, math.nan), ("fmod", -7.5, 2.0), ("hypot", 3.0, 4.0), ("fmin", math.nan, 2.0),
    ("fmax", 1.0, math.nan), ("copysign", 3.0, -0.0), ("fdim", 5.0, 3.0), ("fdim", 3.0, 5.0),
]  # fmt: skip


def test_math_is_the_c_librarys(tmp_path):
    program, wanted = Program(), []
    library = ctypes.CDLL("libm.so.6", use_errno=False)
    for name, *args in MATH + MATH_OF_TWO:
        function = getattr(library, name)
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * len(args)
        program.show(name, "d" * len(args) + ":d", *args)
        wanted.append(function(*args))
    got = [float(line) for line in output(program, tmp_path)[1].split()]
    # V8 and the C library may differ in the last place of what is not exact
    assert got == [pytest.approx(value, rel=4e-16, abs=0) for value in wanted]
    signs = [math.copysign(1, value) for value in got]
    assert signs == [math.copysign(1, value) for value in wanted]


def test_float_math_and_powers_of_two(tmp_path):
    program = Program()
    program.show("sqrtf", "f:f", 2.0)
    program.show("powf", "ff:f", 2.0, 10.0)
    program.show("ldexp", "di:d", 0.75, 4)
    program.show("ldexp", "di:d", 5e-324, 2000)
    program.show("scalbn", "di:d", 1.0, -1074)
    program.show("ldexp", "di:d", 1.5, -1074)  # half way: rounds to even once
    assert output(program, tmp_path)[1].split() == [
        b"1.41421354", b"1024", b"12", f"{math.ldexp(5e-324, 2000):.17g}".encode(),
        b"4.9406564584124654e-324", b"9.8813129168249309e-324",
    ]  # fmt: skip


STRINGS = [
    ("strlen", "i:i", (b"hello",), 5),
    ("strnlen", "ii:i", (b"hello", 3), 3),
    ("strcmp", "ii:i", (b"abc", b"abd"), -1),
    ("strcmp", "ii:i", (b"abc", b"ab"), ord("c")),
    ("strcmp", "ii:i", (b"\xff", b"a"), 0xFF - ord("a")),
    ("strcmp", "ii:i", (b"", b""), 0),
    ("strncmp", "iii:i", (b"abcX", b"abcY", 3), 0),
    ("memcmp", "iii:i", (b"a\0b", b"a\0c", 3), -1),
    ("strchr", "ii:i", (b"abc", ord("z")), 0),
    ("strstr", "ii:i", (b"abc", b"bd"), 0),
    ("atoi", "i:i", (b" \t-123x",), -123),
    ("atoi", "i:i", (b"x",), 0),
    ("abs", "i:i", (-5,), 5),
    ("isdigit", "i:i", (ord("7"),), 1),
    ("isspace", "i:i", (11,), 1),
    ("isalpha", "i:i", (-1,), 0),
    ("ispunct", "i:i", (ord("_"),), 1),
    ("toupper", "i:i", (ord("q"),), ord("Q")),
    ("tolower", "i:i", (0xC4,), 0xC4),
    ("putchar", "i:i", (ord("\n"),), 10),
]


def test_strings_and_characters(tmp_path):
    program = Program()
    for name, letters, args, _ in STRINGS:
        program.show(name, letters, *args)
    got = [int(word) for word in output(program, tmp_path)[1].split()]
    assert got == [wanted for *_, wanted in STRINGS]


def test_what_writes_and_finds_in_memory(tmp_path):
    program = Program()
    at = program.bytes(b"-" * 31 + b"\0")
    puts = [
        program.call("strcpy", "ii:i", at, b"one"),
        program.call("strcat", "ii:i", at, b" two"),
        program.call("strncat", "iii:i", at, b" three", 3),
        program.call("strncpy", "iii:i", at, b"ONE", 3),
        program.call("memset", "iii:i", at, ord("#"), 2),
        program.call("strrchr", "ii:i", at, ord("t")),
        program.call("strchr", "ii:i", at, ord("t")),
        program.call("strstr", "ii:i", at, b"wo"),
        program.call("memchr", "iii:i", at, ord(" "), 10),
        program.call("strdup", "i:i", at),
        program.call("strncpy", "iii:i", at, b"x", 31),
    ]
    for expression in puts:
        program.do(program.call("puts", "i:i", expression))
    overlap = program.bytes(b"abcdef\0")
    behind = f"(i32.add {overlap} (i32.const 2))"
    program.do(program.call("memmove", "iii:i", behind, overlap, 4))
    program.do(program.call("puts", "i:i", overlap))
    assert output(program, tmp_path)[1].split(b"\n")[:-1] == [
        b"one", b"one two", b"one two th", b"ONE two th", b"##E two th", b"th", b"two th",
        b"wo th", b" two th", b"##E two th", b"x", b"ababcd",
    ]  # fmt: skip


HEAP = """
(module
  (@dylink.0 (mem-info (memory 0 0) (table 0 0)))
  (import "env" "memory" (memory 1))
  (import "env" "malloc" (func $malloc (param i32) (result i32)))
  (import "env" "calloc" (func $calloc (param i32 i32) (result i32)))
  (import "env" "realloc" (func $realloc (param i32 i32) (result i32)))
  (import "env" "free" (func $free (param i32)))
  (func (export "main") (result i32)
    (local $a i32) (local $b i32) (local $i i32)
    ;; 1: aligned, and apart from each other
    (local.set $a (call $malloc (i32.const 100)))
    (local.set $b (call $malloc (i32.const 100)))
    (if (i32.eqz (local.get $a)) (then (return (i32.const 1))))
    (if (i32.and (i32.or (local.get $a) (local.get $b)) (i32.const 15))
      (then (return (i32.const 1))))
    (if (i32.lt_u (i32.sub (local.get $b) (local.get $a)) (i32.const 100))
      (then (return (i32.const 1))))
    ;; 2: realloc keeps the content and grows memory
    (i32.store (local.get $a) (i32.const 0x12345678))
    (local.set $a (call $realloc (local.get $a) (i32.const 10000000)))
    (if (i32.ne (i32.load (local.get $a)) (i32.const 0x12345678)) (then (return (i32.const 2))))
    (i32.store (i32.add (local.get $a) (i32.const 9999996)) (i32.const -1))
    ;; 3: what is freed serves again, 10000 times; calloc clears it
    (call $free (local.get $b))
    (loop $again
      (local.set $b (call $calloc (i32.const 25) (i32.const 4)))
      (if (i32.or (i32.eqz (local.get $b)) (i32.load (i32.add (local.get $b) (i32.const 96))))
        (then (return (i32.const 3))))
      (i32.store (i32.add (local.get $b) (i32.const 96)) (i32.const -1))
      (call $free (local.get $b))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 10000))))
    (if (i32.gt_u (memory.size) (i32.const 400)) (then (return (i32.const 3))))
    ;; 4: more than there is gives 0; so does a product that overflows; free(0) is nothing
    (if (call $malloc (i32.const -1)) (then (return (i32.const 4))))
    (if (call $calloc (i32.const 0x10000) (i32.const 0x10001))
      (then (return (i32.const 4))))
    (call $free (i32.const 0))
    ;; 5: malloc(0) gives something, each time something else; realloc(0, n) is malloc(n)
    (if (i32.eq (call $malloc (i32.const 0)) (call $malloc (i32.const 0)))
      (then (return (i32.const 5))))
    (if (i32.eqz (call $realloc (i32.const 0) (i32.const 5)))
      (then (return (i32.const 5))))
    (i32.const 42)))
"""


def test_malloc_and_kin(tmp_path):
    assemble(HEAP, tmp_path / "main.wasm")
    [done] = in_one_process([{"argv": ["main.wasm"]}], tmp_path)
    assert done == (42, b"", b"")


PROCESS = """
(module
  (@dylink.0 (mem-info (memory 8 0) (table 1 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__indirect_function_table" (table 1 funcref))
  (import "env" "__memory_base" (global $base i32))
  (import "env" "__table_base" (global $table_base i32))
  (import "env" "putchar" (func $putchar (param i32) (result i32)))
  (import "env" "atexit" (func $atexit (param i32) (result i32)))
  (import "env" "{leave}" (func $leave {type}))
  (import "GOT.func" "putchar" (global $putchar_at (mut i32)))
  (elem (global.get $table_base) func $handler)
  (func $handler (drop (call $putchar (i32.const 65))))
  (func (export "main") (result i32)
    (drop (call $atexit (global.get $table_base)))
    (drop (call_indirect (param i32) (result i32) (i32.const 77) (global.get $putchar_at)))
    {call}
    (drop (call $putchar (i32.const 33)))
    (i32.const 3)))
"""


@pytest.mark.parametrize(
    ("leave", "type_", "call", "wanted"),
    [
        ("exit", "(param i32)", "(call $leave (i32.const 9))", (9, b"MA")),
        ("_Exit", "(param i32)", "(call $leave (i32.const 9))", (9, b"")),
        ("abort", "", "(call $leave)", (134, b"M")),
        ("exit", "(param i32)", "", (3, b"M!A")),
    ],
)
def test_leaving(tmp_path, leave, type_, call, wanted):
    assemble(PROCESS.format(leave=leave, type=type_, call=call), tmp_path / "main.wasm")
    [(status, stdout, stderr)] = in_one_process([{"argv": ["main.wasm"]}], tmp_path)
    assert (status, stdout, stderr) == (*wanted, b"")


def test_rand_is_musls(tmp_path):
    program = Program()
    program.do(program.call("srand", "i:", 1), results=False)
    program.show("rand", ":i")
    program.show("rand", ":i")
    state, wanted = 0, []
    for _ in range(2):
        state = (6364136223846793005 * state + 1) % 2**64
        wanted.append(state >> 33)
    assert [int(word) for word in output(program, tmp_path)[1].split()] == wanted


def test_a_pointer_out_of_bounds_is_a_trap(tmp_path):
    program = Program()
    program.do(program.call("strlen", "i:i", -4))
    status, stdout, stderr = output(program, tmp_path)
    assert (status, stdout) == (134, b"")
    assert stderr.startswith(b"wasm.js: trap: out of bounds memory access\nwasm.js:   at main (")


def test_a_wrong_signature_of_the_small_libc(tmp_path):
    program = Program()
    program.do(program.call("puts", "j:i", 1))
    assert output(program, tmp_path) == (
        127,
        b"",
        b"wasm.js: main.wasm: imports puts as (i64) -> (i32),"
        b" but wasm.js exports it as (i32) -> (i32)\n",
    )


# ------------------------------------------------------------------ d8 without the shim's help


def test_d8_prints_whole_characters_however_they_are_written(tmp_path):
    program = Program()
    for byte in "ä€😀".encode() + b"\xff\n":
        program.do(program.call("putchar", "i:i", byte))
    assemble(program.text(), tmp_path / "main.wasm")
    [done] = in_one_process([{"argv": ["main.wasm"], "dialect": "d8"}], tmp_path)
    assert done == (0, "ä€😀\ufffd\n".encode(), b"")


# ------------------------------------------------------------------ the small WASI

WASI = {
    "path_open": "iiiiijjii:i",
    "path_filestat_get": "iiiii:i",
    "fd_read": "iiii:i",
    "fd_pread": "iiiji:i",
    "fd_seek": "ijii:i",
    "fd_tell": "ii:i",
    "fd_close": "i:i",
    "fd_readdir": "iiiji:i",
    "fd_fdstat_get": "ii:i",
    "fd_filestat_get": "ii:i",
    "fd_prestat_get": "ii:i",
    "fd_prestat_dir_name": "iii:i",
    "fd_renumber": "ii:i",
    "clock_time_get": "iji:i",
    "clock_res_get": "ii:i",
    "random_get": "ii:i",
    "sched_yield": ":i",
    "poll_oneoff": "iiii:i",
}
READ = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 21  # the rights to read, seek, tell and stat


class Probe(Program):
    """A program that calls WASI through a kernel which passes it on, and prints numbers."""

    def show(self, name, letters, *args):
        """Print what a call gives."""
        value = self.call(name, letters, *args)
        self.do(self.call("say_number", "i:", value), results=False)

    def wasi(self, name, *args):
        self.show(name, WASI[name], *args)

    def load(self, address):
        self.do(self.call("say_number", "i:", f"(i32.load {address})"), results=False)

    def open(self, path, oflags=0, rights=READ, directory=3):
        at = self.bytes(path)
        self.wasi("path_open", directory, 1, at, len(path), oflags, rights, rights, 0, self.result)
        return self.result

    def begin(self):
        self.result, self.buffer = self.bytes(bytes(64)), self.bytes(bytes(64))
        self.vector = self.bytes(bytes(8))
        self.body.append(f"(i32.store {self.vector} {self.buffer})")
        self.body.append(f"(i32.store offset=4 {self.vector} (i32.const 5))")
        return self


def passing_kernel(path):
    """The fixtures' kernel, exporting all of WASI that the probe calls."""
    passed = "".join(
        f'(func (export "{name}") (import "wasi_snapshot_preview1" "{name}") {signature(letters)})'
        for name, letters in WASI.items()
    )
    text = (FIXTURES / "kernel.wat").read_text()
    return assemble(text.replace("(module", "(module " + passed, 1), path)


def signature(letters):
    names = {"i": "i32", "j": "i64"}
    params, results = ([names[letter] for letter in half] for half in letters.split(":"))
    return f"(param {' '.join(params)}) (result {' '.join(results)})"


@pytest.fixture
def probe(tmp_path):
    """Run a Probe on the host's WASI and on wasm.js's, in which both must agree."""
    passing_kernel(tmp_path / "kernel.wasm")
    (tmp_path / "data" / "sub").mkdir(parents=True)
    (tmp_path / "data" / "file").write_bytes(b"0123456789")
    (tmp_path / "data" / "sub" / "empty").touch()

    def run_both(program):
        assemble(program.text(), tmp_path / "main.wasm")
        command = [WASM_JS, "--dir=data::/d", "--kernel=kernel.wasm", "main.wasm"]
        runs = [
            run(command[0], *more, *command[1:], cwd=tmp_path, input=b"line\nmore\n")
            for more in ([], ["--wasi=js"])
        ]
        results = [(done.returncode, done.stdout, done.stderr) for done in runs]
        assert results[0] == results[1]
        assert results[1][::2] == (0, b"")
        return [int(word) for word in results[1][1].split()]

    return run_both


def test_wasi_reads_files(probe):
    program = Probe().begin()
    fd = f"(i32.load {program.open(b'file')})"
    program.wasi("fd_read", fd, program.vector, 1, program.result)
    # the descriptor was overwritten by the count; the next free one is 4, as after every open
    program.load(program.result)
    for _ in range(2):
        program.wasi("fd_read", 4, program.vector, 1, program.result)
        program.load(program.result)
    program.load(program.buffer)
    program.wasi("fd_seek", 4, 3, 0, program.result)
    program.wasi("fd_seek", 4, -1, 1, program.result)
    program.load(program.result)
    program.wasi("fd_seek", 4, -4, 2, program.result)
    program.wasi("fd_tell", 4, program.result)
    program.load(program.result)
    program.wasi("fd_seek", 4, -20, 1, program.result)
    program.wasi("fd_pread", 4, program.vector, 1, 8, program.result)
    program.load(program.result)
    program.wasi("fd_filestat_get", 4, program.buffer)
    program.load(f"(i32.add {program.buffer} (i32.const 32))")
    program.wasi("fd_close", 4)
    program.wasi("fd_close", 4)
    word = int.from_bytes(b"5678", "little")
    assert probe(program) == [
        0,
        0,
        5,
        0,
        5,
        0,
        0,
        word,
        0,
        0,
        2,
        0,
        0,
        6,
        28,
        0,
        2,
        0,
        10,
        0,
        8,
    ]


def test_wasi_finds_and_does_not_find(probe):
    program = Probe().begin()
    for path in (b"nothing", b"sub/empty", b"./sub/../file", b"file/x"):
        program.open(path)
    program.open(b"file", oflags=2)  # a directory is wanted
    program.open(b"sub", oflags=2)
    program.open(b"sub", rights=READ | 1 << 6)  # to be written
    program.open(b"sub", oflags=1)  # to be made
    program.open(b"file", directory=9)
    for path in (b"file", b"sub", b"nothing"):
        at = program.bytes(path)
        program.wasi("path_filestat_get", 3, 1, at, len(path), program.buffer)
        program.do(
            program.call("say_number", "i:", f"(i32.load8_u offset=16 {program.buffer})"), False
        )
    got = probe(program)
    assert got == [44, 0, 0, 54, 54, 0, 31, 31, 8, 0, 4, 0, 3, 44, 3]


def test_wasi_of_preopens_streams_and_bad_descriptors(probe):
    program = Probe().begin()
    program.wasi("fd_prestat_get", 3, program.result)
    program.load(f"(i32.add {program.result} (i32.const 4))")
    program.wasi("fd_prestat_dir_name", 3, program.buffer, 2)
    program.do(program.call("say_number", "i:", f"(i32.load16_u {program.buffer})"), False)
    program.wasi("fd_prestat_get", 4, program.result)
    program.wasi("fd_prestat_get", 99, program.result)
    program.wasi("fd_fdstat_get", 3, program.buffer)
    program.do(program.call("say_number", "i:", f"(i32.load8_u {program.buffer})"), False)
    program.wasi("fd_read", 0, program.vector, 1, program.result)
    program.load(program.result)
    program.load(program.buffer)
    program.wasi("fd_read", 99, program.vector, 1, program.result)
    program.wasi("fd_seek", 99, 0, 0, program.result)
    slash_d = int.from_bytes(b"/d", "little")
    line = int.from_bytes(b"line", "little")
    assert probe(program) == [0, 2, 0, slash_d, 8, 8, 0, 3, 0, 5, line, 8, 8]


def test_wasi_of_clocks_random_bytes_and_bad_pointers(probe):
    program = Probe().begin()
    program.wasi("clock_time_get", 0, 1, program.result)
    program.wasi("clock_time_get", 1, 1, program.result)
    program.wasi("clock_res_get", 1, program.result)
    program.wasi("random_get", program.buffer, 16)
    program.wasi("sched_yield")
    subscription = program.bytes(
        (77).to_bytes(16, "little") + (1).to_bytes(8, "little") + (10**6).to_bytes(24, "little")
    )
    program.wasi("poll_oneoff", subscription, program.buffer, 1, program.result)
    program.load(program.result)
    program.load(program.buffer)
    program.wasi("clock_time_get", 77, 1, program.result)
    assert probe(program) == [0, 0, 0, 0, 0, 0, 1, 77, 28]


def test_wasi_lists_a_folder(probe, tmp_path):
    program = Probe().begin()
    program.wasi("fd_readdir", 3, program.buffer, 64, 0, program.result)
    program.load(program.result)
    # of file: cookie, length, type, name; of sub: cookie, type
    for offset in (0, 16, 20, 24, 28, 48):
        program.load(f"(i32.add {program.buffer} (i32.const {offset}))")
    program.wasi("fd_readdir", 3, program.buffer, 25, 1, program.result)  # sub, its name cut off
    program.load(program.result)
    program.load(f"(i32.add {program.buffer} (i32.const 16))")
    program.wasi("fd_readdir", 3, program.buffer, 64, 2, program.result)
    program.load(program.result)
    program.wasi("fd_readdir", 0, program.buffer, 64, 0, program.result)
    assemble(program.text(), tmp_path / "main.wasm")
    argv = ["--wasi=js", "--dir=data", "--kernel=kernel.wasm", "main.wasm"]
    [done] = in_one_process([{"argv": argv}], tmp_path)
    file = int.from_bytes(b"file", "little")
    assert done[::2] == (0, b"")
    assert [int(word) for word in done[1].split()] == [
        0,
        55,
        1,
        4,
        4,
        file,
        2,
        3,
        0,
        25,
        3,
        0,
        0,
        54,
    ]
    [done] = in_one_process([{"argv": argv, "dialect": "d8"}], tmp_path)
    assert done[1].split()[0] == b"52"  # a d8 cannot tell what is in a folder


def test_wasi_is_read_only_and_says_so(tmp_path):
    program = Probe().begin()
    program.open(b"new", oflags=1)
    program.open(b"file", oflags=8)
    program.open(b"file", rights=READ | 1 << 6)
    program.wasi("random_get", -8, 16)
    program.open(b"sub/../../file")
    passing_kernel(tmp_path / "kernel.wasm")
    assemble(program.text(), tmp_path / "main.wasm")
    (tmp_path / "file").write_bytes(b"x")
    argv = ["--wasi=js", "--dir=.", "--kernel=kernel.wasm", "main.wasm"]
    for dialect in ("node", "d8"):
        [done] = in_one_process([{"argv": argv, "dialect": dialect}], tmp_path)
        assert done == (0, b"69 69 69 21 76 ", b"")
    assert (tmp_path / "file").read_bytes() == b"x"


# ------------------------------------------------------------------ a page

LOAD = """
const fs = require("fs");
const muslfall = require(process.argv[1]);
const read = async (url) => (fs.existsSync(url) ? new Uint8Array(fs.readFileSync(url)) : null);
const write = (fd, bytes) => fs.writeSync(fd, bytes);
const options = { args: ["é"], env: ["A=1"], kernel: "kernel.wasm", write, read };
muslfall.load(process.argv.slice(2), options).then((status) => process.exit(status));
"""


def test_load_of_a_page(fixtures):
    done = run("-e", LOAD, WASM_JS, "args.wasm", cwd=fixtures)
    assert (done.returncode, done.stdout.decode()) == (0, "2 \nargs.wasm\né\nA=1\n")
    done = run("-e", LOAD, WASM_JS, "who-main.wasm", "who-a.wasm", "who-b.wasm", cwd=fixtures)
    assert (done.returncode, done.stdout) == (0, b"210Aab\n")


FETCH = """
const muslfall = require(process.argv[1]);
const streamed = [];
const { compileStreaming } = WebAssembly;
WebAssembly.compileStreaming = (answer) => streamed.push(answer.url) && compileStreaming(answer);
const write = (fd, bytes) => require("fs").writeSync(fd, bytes);
const urls = process.argv.slice(2);
const kernel = new URL("kernel.wasm", urls[0]).href;
muslfall.load(urls, { write, kernel }).then((status) => {
  console.log(streamed.map((url) => url.replace(/.*[/]/, "")).sort().join(" "));
  process.exit(status);
});
"""


class Together(http.server.SimpleHTTPRequestHandler):
    """Answers who-*.wasm only when all three of them were asked for."""

    asked = threading.Barrier(3, timeout=20)

    def do_GET(self):
        if "/who-" in self.path:
            self.asked.wait()
        super().do_GET()

    def guess_type(self, path):
        return "text/plain" if path.endswith("who-a.wasm") else "application/wasm"

    def log_message(self, *args):
        pass


@pytest.fixture
def site(fixtures):
    """The fixtures' address, over HTTP."""
    handler = functools.partial(Together, directory=fixtures)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_load_fetches_at_once_and_compiles_what_is_still_coming(site):
    names = ["who-main.wasm", "who-a.wasm", "who-b.wasm"]
    done = run("-e", FETCH, WASM_JS, *(f"{site}/{name}" for name in names))
    assert done.stderr == b""
    assert done.stdout.splitlines() == [b"210Aab", b"kernel.wasm who-b.wasm who-main.wasm"]


def test_load_of_what_cannot_be_compiled_or_fetched(site):
    done = run("-e", FETCH, WASM_JS, f"{site}/invalid.wasm")
    assert done.returncode == 127
    assert done.stderr.startswith(b"wasm.js: invalid.wasm: cannot be compiled: Compiling function")
    done = run("-e", FETCH, WASM_JS, f"{site}/nothing.wasm", "http://127.0.0.1:1/closed.wasm")
    assert done.returncode == 127
    assert done.stderr == (
        b"wasm.js: nothing.wasm: cannot be read: no such file\n"
        b"wasm.js: closed.wasm: cannot be read\n"
    )


def test_load_of_a_page_fails_as_everywhere(fixtures):
    done = run("-e", LOAD, WASM_JS, "nothing.wasm", "not-pic.wasm", cwd=fixtures)
    assert (done.returncode, done.stdout) == (127, b"")
    assert done.stderr.splitlines()[0] == b"wasm.js: nothing.wasm: cannot be read"
    done = run("-e", LOAD, WASM_JS, "trap-start.wasm", cwd=fixtures)
    assert done.returncode == 134
    first, where, *_ = done.stderr.splitlines()
    assert first == b"wasm.js: trap: integer divide by zero"
    assert where.startswith(b"wasm.js:   at ") and b"(trap-start.wasm+0x" in where


TWICE = """
const fs = require("fs");
const muslfall = require(process.argv[1]);
const read = async (path) => (fs.existsSync(path) ? new Uint8Array(fs.readFileSync(path)) : null);
async function main() {
  const compiled = await muslfall.compile(process.argv.slice(2), { read });
  console.log(compiled.modules.join(" "));
  for (const args of [["a"], ["b", "c"]]) {
    const write = (fd, bytes) => console.log(fd, JSON.stringify(String(Buffer.from(bytes))));
    const instance = await muslfall.instantiate(compiled, { args, write, read, stats: true });
    console.log(Object.keys(instance.exports).includes("main"), instance.run());
    const { memory_bytes, syscalls, trap, ...times } = instance.stats();
    console.log(memory_bytes === instance.memory.buffer.byteLength, JSON.stringify(syscalls));
    console.log(Object.keys(times).join(" "), Object.values(times).every((time) => time > 0));
    try { instance.run(); } catch (error) { console.log(error.message); }
  }
}
main().catch((error) => console.log(error instanceof muslfall.LoadError, error.problems.join()));
"""


def test_many_instances_of_what_was_compiled_once(fixtures):
    done = run("-e", TWICE, WASM_JS, "hello.wasm", cwd=fixtures)
    once = [
        "true 3",
        'true {"syscall_64":1}',
        "load_ms link_ms run_ms true",
        "this instance has run; make another of its Compiled",
    ]
    lines = done.stdout.decode().splitlines()
    assert lines == ["hello.wasm kernel.wasm", *(['1 "hello\\n"', *once] * 2)], done.stderr.decode()


def test_state_is_an_instances_own(fixtures):
    """Data, tables and GOT of the second instance are as those of the first were."""
    done = run("-e", TWICE, WASM_JS, "who-main.wasm", "who-a.wasm", "who-b.wasm", cwd=fixtures)
    lines = done.stdout.decode().splitlines()
    half = (len(lines) - 1) // 2
    assert half > 3 and lines[1 : 1 + half] == lines[1 + half :]


def test_what_compile_rejects_with(fixtures):
    done = run("-e", TWICE, WASM_JS, "nothing.wasm", "not-pic.wasm", cwd=fixtures)
    assert done.stdout.decode().startswith("true nothing.wasm: cannot be read,not-pic.wasm: ")


def test_files_in_memory(tmp_path):
    """The probe's folder of files, given by path."""
    program = Probe().begin()
    program.wasi("fd_readdir", 3, program.buffer, 64, 0, program.result)
    program.load(program.result)
    fd = f"(i32.load {program.open(b'd/file')})"
    program.wasi("fd_read", fd, program.vector, 1, program.result)
    program.load(program.buffer)
    program.open(b"d", oflags=2)
    program.open(b"d/nothing")
    program.open(b"d/file/x")
    passing_kernel(tmp_path / "kernel.wasm")
    assemble(program.text(), tmp_path / "main.wasm")
    code = """
    const fs = require("fs");
    const muslfall = require(process.argv[1]);
    const read = async (path) => new Uint8Array(fs.readFileSync(path));
    const write = (fd, bytes) => fs.writeSync(fd, bytes);
    const content = Uint8Array.from(Buffer.from("0123456789"));
    const files = { "/d/file": content, "/e": new Uint8Array(0) };
    muslfall.load(["main.wasm"], { read, write, files, kernel: "kernel.wasm" });
    """
    done = run("-e", code, WASM_JS, cwd=tmp_path)
    word = int.from_bytes(b"0123", "little")
    assert done.stdout.decode() == f"0 50 0 0 {word} 0 44 54 ", done.stderr.decode()
