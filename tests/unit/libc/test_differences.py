"""The page of differences from Linux is what its data say, and each names a test that is there."""

import pytest

from muslfall import ROOT
from muslfall.libc import differences

TOML = ROOT / "docs/reference/differences.toml"
ONE = {key: key for key in differences.KEYS} | {"host": "v8"}


def text(**changes):
    one = ONE | changes
    return "[[difference]]\n" + "".join(f'{k} = "{v}"\n' for k, v in one.items() if v is not None)


def test_the_page_is_made_from_the_data():
    page = TOML.with_suffix(".md").read_text(encoding="utf-8")
    assert page == differences.page(differences.load(TOML))


def test_each_names_a_test_that_is_there():
    named = [one["test"] for one in differences.load(TOML)]
    assert len(named) > 10 and [test for test in named if not (ROOT / test).is_file()] == []


def test_titles_are_there_once():
    titles = [one["title"] for one in differences.load(TOML)]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("changes, says", [
    ({"host": "d9"}, "host 'd9' is none of"),
    ({"reason": ""}, "reason is empty"),
    ({"test": None}, "and not host"),
    ({"more": "x"}, "has host, linux, more"),
])  # fmt: skip
def test_bad_data_is_named(tmp_path, capsys, changes, says):
    (tmp_path / "d.toml").write_text(text(**changes))
    assert differences.main([str(tmp_path / "d.toml"), str(tmp_path / "d.md")]) == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "d.md").exists()


def test_usage_and_a_page(tmp_path, capsys):
    assert differences.main([]) == 2 and "usage" in capsys.readouterr().err
    (tmp_path / "d.toml").write_text(text())
    assert differences.main([str(tmp_path / "d.toml"), str(tmp_path / "d.md")]) == 0
    assert "## In V8\n\n### title\n\n- On Linux: linux\n" in (tmp_path / "d.md").read_text()
