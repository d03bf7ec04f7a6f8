"""A string as TOML writes it is read as it was."""

import pytest

from muslfall.base.tables import parse_toml, quoted


@pytest.mark.parametrize(
    "text",
    ["", "plain", 'a "quoted" \\ one', "a\nb\tc\r", "\0\x1b\x7f\x9f", "ünï → 1", "\U0001f600"],
)
def test_a_string_is_read_as_it_was_written(text):
    assert parse_toml(f"name = {quoted(text)}", "here") == {"name": text}
    assert "\n" not in quoted(text)
