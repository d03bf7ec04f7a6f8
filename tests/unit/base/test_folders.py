"""Folders of the store: whose files are taken, and which modes they may have."""

import os

import pytest

from muslfall.base import folders
from muslfall.base.errors import MuslfallError

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
OTHER = 54321


def test_what_is_made_is_ours_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        made = folders.make_folder(tmp_path / "store")
    finally:
        os.umask(before)
    assert made.stat().st_mode & 0o777 == 0o755
    assert folders.make_folder(made) == made


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757, 0o1777])
def test_a_folder_that_others_may_write_is_refused(tmp_path, mode):
    (tmp_path / "store").mkdir()
    (tmp_path / "store").chmod(mode)
    with pytest.raises(MuslfallError, match="can be written by others.*\n  try: .*chmod"):
        folders.make_folder(tmp_path / "store")
    assert not folders.is_trusted(tmp_path / "store")
    assert folders.is_trusted(tmp_path / "none")


@ROOT_ONLY
def test_another_users_is_refused_also_for_root(tmp_path):
    os.chown(tmp_path, OTHER, OTHER)
    with pytest.raises(MuslfallError, match=f"belongs to {OTHER}.*\n  try: MUSLFALL_STORE_USERS="):
        folders.require_trusted(tmp_path, {})
    folders.require_trusted(tmp_path, {"MUSLFALL_STORE_USERS": f"root, {OTHER}"})
    folders.require_trusted(tmp_path, {"MUSLFALL_STORE_USERS": f"{OTHER}"})
    tmp_path.chmod(0o775)
    with pytest.raises(MuslfallError, match="can be written by others"):
        folders.require_trusted(tmp_path, {"MUSLFALL_STORE_USERS": f"{OTHER}"})


@pytest.mark.parametrize("text", ["nobody-of-this-name", "-1", "9" * 5000, "\x1b"])
def test_a_user_who_is_none(text):
    with pytest.raises(MuslfallError, match="MUSLFALL_STORE_USERS: names .* no user here"):
        folders.users(text)
