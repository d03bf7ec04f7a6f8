"""The syscall table: what it refuses, what is made of it, and what is committed of that."""

import pytest

from muslfall import ROOT
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.libc import syscalls

TOML = ROOT / "arch/wasm32/kernel/syscalls.toml"


def row(number=1, name="one", args="", state="done", **more):
    return {"number": number, "name": name, "args": args, "state": state, **more}


def table(*rows, **aliases):
    return syscalls.parse({"syscall": list(rows), "aliases": aliases})


def test_the_committed_numbers_are_those_of_the_table():
    committed = (ROOT / "arch/wasm32/bits/syscall.h.in").read_text()
    assert committed == syscalls.numbers(syscalls.load(TOML))


def test_the_committed_page_is_that_of_the_table():
    assert (TOML.parent / "SYSCALLS.md").read_text() == syscalls.page(syscalls.load(TOML))


def test_every_state_occurs_and_every_done_syscall_has_its_function():
    loaded = syscalls.load(TOML)
    assert {entry.state for entry in loaded.syscalls} == set(syscalls.STATES)
    sources = "".join(path.read_text() for path in sorted(TOML.parent.glob("*.c")))
    for entry in loaded.syscalls:
        assert (f"\nlong sys_{entry.name}(" in sources) == (entry.state == "done"), entry.name


def test_an_offset_takes_two_words_low_first():
    text = syscalls.dispatch(table(row(args="int fd, off_t at, int how")))
    assert "long sys_one(int fd, off_t at, int how);" in text
    wanted = "sys_one((int)a, (off_t)((unsigned long long)c << 32 | (unsigned long)b), (int)d);"
    assert f"#define SYSCALL_1(a, b, c, d, e, f) {wanted[:-1]}\n" in text
    assert "case 1: return SYSCALL_1(a, b, c, d, e, f);" in text


def test_an_answer_needs_no_function_and_an_absent_one_no_case():
    answered = row(2, "two", state="answered", answer="-EPERM")
    text = syscalls.dispatch(table(row(), answered, row(3, "three", state="ENOSYS")))
    assert "#define SYSCALL_2(a, b, c, d, e, f) (-EPERM)\n" in text
    assert "#define SYSCALL_3(a, b, c, d, e, f) (-ENOSYS)\n" in text
    assert "sys_two" not in text and "case 2" in text and "case 3" not in text


def test_pointers_keep_their_types():
    text = syscalls.dispatch(table(row(args="const struct timespec *t, char *const *argv")))
    assert "sys_one((const struct timespec *)a, (char *const *)b)" in text


def test_an_alias_follows_its_number():
    text = syscalls.numbers(table(row(7, "seven"), row(8, "eight"), sept="seven"))
    assert text.splitlines() == [
        "#define __NR_seven 7",
        "#define __NR_sept 7",
        "#define __NR_eight 8",
    ]


@pytest.mark.parametrize(
    ("rows", "aliases", "wanted"),
    [
        ([], {}, "no syscalls"),
        ([row(state="dno")], {}, "one: state 'dno' is none of done, answered, ENOSYS"),
        ([row(answer="0")], {}, "one: an answer belongs to state 'answered'"),
        ([row(state="answered")], {}, "one: an answer belongs to state 'answered'"),
        ([row(args="off_t a, off_t b, off_t c, int d")], {}, "one: 7 argument words, more than 6"),
        ([row(2, "two"), row(1, "one")], {}, "one: number 1 after 2"),
        ([row(1, "one"), row(2, "one")], {}, "one: twice"),
        ([row()], {"new": "old"}, "alias new: no syscall old"),
    ],
)
def test_refused(rows, aliases, wanted):
    with pytest.raises(MuslfallError, match="^syscalls.toml: ") as caught:
        table(*rows, **aliases)
    assert wanted in str(caught.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(MuslfallError) as caught:
        table(row(state="x"), row(1, "two", state="y"))
    assert all(word in str(caught.value) for word in ("'x'", "'y'", "number 1 after 1"))


def test_the_command_writes_either_file(tmp_path):
    header, numbers, page = (tmp_path / name for name in ("syscalls.h", "syscall.h.in", "page"))
    assert syscalls.main([str(TOML), str(header)]) == 0
    assert syscalls.main(["--numbers", str(TOML), str(numbers)]) == 0
    assert syscalls.main(["--page", str(TOML), str(page)]) == 0
    assert "| 63 | `read(int fd, void *buf, size_t size)` | done |" in page.read_text()
    assert "#define SYSCALL_CASES" in header.read_text()
    assert "#define __NR_read 63\n" in numbers.read_text()
    for wrong in ([], [str(TOML)], ["--numbers", str(TOML)], ["--what", str(TOML), str(page)]):
        with pytest.raises(UsageError, match="--numbers | --page"):
            syscalls.main(wrong)
