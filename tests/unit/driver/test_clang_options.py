"""The options of clang that take the next words."""

import pytest

from muslfall.driver import clang_options
from muslfall.driver.invocation import parse


@pytest.mark.parametrize(
    "name, count",
    [("-include-pch", 1), ("-idirafter", 1), ("--define-macro", 1), ("-sectcreate", 3), ("-c", 0)],
)
def test_the_data(name, count):
    assert clang_options.separate().get(name, 0) == count


def test_a_precompiled_header_is_no_input():
    found = parse(["-include-pch", "p.pch", "-dumpdir", "d", "a.c"])
    assert found.compile_flags == ["-include-pch", "p.pch", "-dumpdir", "d"]
    assert [item.name for item in found.inputs] == ["a.c"]


def test_clang_is_asked(tmp_path):
    fake = tmp_path / "clang"
    fake.write_text("""#!/bin/sh
[ "$1" = --autocomplete=- ] && { printf -- '-one\\tA thing\\n-none\\n'; exit; }
while [ $# -gt 0 ]; do
	case $1 in
	-one) shift ;;
	--zz*) echo "error: unknown argument: '$1'" >&2 ;;
	esac
	shift
done
""")
    fake.chmod(0o755)
    assert clang_options.union([[str(fake)]], {"-none"}) == {"--config": 1, "-one": 1}
