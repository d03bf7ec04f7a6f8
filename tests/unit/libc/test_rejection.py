"""Rejections: records that survive any text, and what a failing tool's words mean."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muslfall.base.errors import MuslfallError
from muslfall.libc import rejection
from muslfall.libc.rejection import Rejection, classify

# What UTF-8 can hold: everything but lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
AWKWARD = 'tab\t nul\0 cr\r crlf\r\n vt\v ff\f nel\x85 ls\u2028 quote" back\\slash \U0001f600\n\n'
ERROR = "src/a.c:3:7: error: use of undeclared identifier 'x'\n    3 | int f(void) { return x; }\n"


@given(st.sampled_from(["compile", "assemble"]), st.just("error"), TEXT, TEXT)
def test_a_record_is_read_as_it_was_written(stage, reason, diagnostic, log):
    why = Rejection(stage, reason, diagnostic, log)
    assert rejection.load(why.dump()) == why


def test_an_awkward_record_in_a_file(tmp_path):
    why = Rejection("compile", "crash", AWKWARD, AWKWARD)
    path = tmp_path / "a.s"
    path.write_text(why.dump(), encoding="utf-8", newline="\n")
    assert rejection.read(path) == why
    assert list(tmp_path.iterdir()) == [path]


def test_every_line_of_a_record_is_a_comment_to_an_assembler():
    lines = Rejection("compile", "error", "c\nd", "e\n\nf").dump().splitlines()
    assert all(line.startswith("# ") for line in lines)


@pytest.mark.parametrize("content", [b"\0asm\1\0\0\0", b"", b"\t.text\n", b"# muslfall: re"])
def test_an_output_is_no_record(tmp_path, content):
    path = tmp_path / "a.o"
    path.write_bytes(content)
    assert rejection.read(path) is None


def test_half_a_record_is_an_error(tmp_path):
    whole = Rejection("compile", "error", "wrong", "a log\nof lines").dump()
    path = tmp_path / "a.o"
    for end in range(len(rejection.MARK), len(whole)):
        if whole[:end].endswith("\n") and "\n# a log" in whole[:end]:
            continue  # the log alone is cut, at the end of a line
        path.write_text(whole[:end], encoding="utf-8")
        with pytest.raises(MuslfallError, match=r"a\.o: is a damaged record"):
            rejection.read(path)
    path.write_bytes(whole.encode() + b"\xff\n")
    with pytest.raises(MuslfallError, match="damaged"):
        rejection.read(path)


@pytest.mark.parametrize(
    ("status", "log", "reason", "diagnostic"),
    [
        (1, ERROR, "error", "use of undeclared identifier 'x'"),
        (1, "a.c:1:2: warning: odd\n" + ERROR, "error", "use of undeclared identifier 'x'"),
        (1, ERROR + "b.c:1:1: error: second\n", "error", "use of undeclared identifier 'x'"),
        (1, "a b.c:1:10: fatal error: 'no.h' file not found\n", "error", "'no.h' file not found"),
        (1, "<stdin>:1:1: error: invalid instruction\nfoo\n^\n", "error", "invalid instruction"),
        (70, "fatal error: error in backend: Cannot select: t7\nPLEASE submit a bug report\n",
         "backend", "Cannot select: t7"),
        (134, "LLVM ERROR: Cannot select: t7\nStack dump:\n", "backend", "Cannot select: t7"),
        (139, "", "crash", "crashed with status 139"),
        (134, "zig: T.cpp:1: f(): Assertion `a != b' failed.\nAborted\n", "crash",
         "zig: T.cpp:1: f(): Assertion `a != b' failed."),
        (254, "PLEASE submit a bug report to someone\n", None, "signal 126"),
        (70, "PLEASE submit a bug report to someone\n", "crash", "crashed with status 70"),
        (1, "zig: error: clang frontend command failed with exit code 139 (use -v to see it)\n",
         "crash", "crashed with status 139"),
        (1, "zig: error: clang frontend command failed with exit code 137 (use -v to see it)\n",
         None, "signal 9"),
        (1, "fatal error: error in backend: no\nzig: error: clang frontend command failed with "
         "exit code 70 (use -v)\n", "backend", "no"),
        (1, "zig: error: unknown argument: '-ffoo'\n", None, "unknown argument: '-ffoo'"),
        (1, "", None, "said nothing"),
        (127, "sh: 1: clang: not found\n", None, "clang: not found"),
        (126, "", None, "exit status 126"),
        (137, "", None, "signal 9"),
        (143, ERROR, None, "signal 15"),
        (1, "error: unable to open output file 'a.s': 'No space left on device'\n", None,
         "No space left on device"),
        (134, "LLVM ERROR: IO failure on output stream: No space left on device\nStack dump:\n",
         None, "No space left on device"),
        (134, "LLVM ERROR: out of memory\nAllocation failed\n", None, "out of memory"),
        (1, "sh: 3: cannot create a.s: Read-only file system\n", None, "Read-only file system"),
    ],
)  # fmt: skip
def test_what_a_failure_means(status, log, reason, diagnostic):
    if reason is None:
        with pytest.raises(MuslfallError, match="^/bin/clang: ") as error:
            classify("compile", status, log, "/bin/clang")
        assert diagnostic in str(error.value)
    else:
        assert classify("compile", status, log, "/bin/clang") == Rejection(
            "compile", reason, diagnostic, log
        )


@pytest.mark.parametrize("text", rejection.OUTSIDE_TEXTS)
def test_a_quoted_line_of_strerror_is_no_full_disk(text):
    quoted = f'src/errno/strerror.c:9:1: error: no\nE(ENOSPC, "{text}")\n^\n'
    assert classify("compile", 1, quoted, "clang").diagnostic == "no"


def test_a_record_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(ERROR.encode())))
    out = tmp_path / "no-such" / "a.s"
    with pytest.raises(FileNotFoundError):
        rejection.main([str(out), "compile", "1", "clang"])
    assert list(tmp_path.iterdir()) == []
