"""musl's dynamic.list."""

import pytest

from muslfall.base.errors import MuslfallError
from muslfall.libc import dynamic_list


def test_the_names_are_in_their_order():
    assert dynamic_list.parse("{\nenviron;\n__environ;\n\nmalloc;\n};\n") == (
        "environ", "__environ", "malloc",
    )  # fmt: skip
    assert dynamic_list.parse("{};") == ()


@pytest.mark.parametrize("text", ["", "malloc;", "{ malloc }", "{ mal*; };", "{ a; }; { b; };"])
def test_another_form_is_an_error(text):
    with pytest.raises(MuslfallError, match="is not of the form"):
        dynamic_list.parse(text, "here")
