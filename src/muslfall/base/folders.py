"""The folder outside of the checkout in which muslfall keeps what it fetches and makes.

Programs are run out of it, so what is in it must be the user's own, or root's, and no other's to
write. A store that is shared is one that one user fills and others read: root, or a user whom
MUSLFALL_STORE_USERS names.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from muslfall.base.errors import MuslfallError

#: Names or numbers of users, with commas between them.
USERS_VARIABLE = "MUSLFALL_STORE_USERS"
#: The mode of a folder that muslfall makes there, whatever the umask: others may read.
MODE = 0o755


def default_path() -> Path:
    """Where it is: $MUSLFALL_STORE, else the user's cache folder."""
    if path := os.environ.get("MUSLFALL_STORE"):
        return Path(path).absolute()
    import platformdirs

    return platformdirs.user_cache_path("muslfall")


def cache_path() -> Path | None:
    """The same folder, for what may be kept or not.

    None in an environment that has no home, such as that of the build's steps.
    """
    named = ("MUSLFALL_STORE", "XDG_CACHE_HOME", "HOME")
    return default_path() if any(os.environ.get(name) for name in named) else None


def make_folder(path: Path) -> Path:
    """Make a folder of the store, and those above it, if they are not there; returns it.

    Raises MuslfallError: it is there, and somebody else may write it.
    """
    try:
        path.mkdir(mode=MODE, parents=True)
    except FileExistsError:
        require_trusted(path)
    return path


def require_trusted(path: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Raise MuslfallError unless only those whom we trust may change what is at `path`.

    A link is judged itself, not what it leads to. OSError: there is nothing.
    """
    status = path.lstat()
    if status.st_uid not in {0, os.geteuid(), *users(environ.get(USERS_VARIABLE, ""))}:
        what = f"belongs to {user_name(status.st_uid)}, who could have put any program there"
        hint = f"{USERS_VARIABLE}={user_name(status.st_uid)} to take it, or MUSLFALL_STORE=FOLDER"
        raise MuslfallError(what, path, hint)
    if stat.S_ISLNK(status.st_mode):
        return
    if status.st_mode & (stat.S_IWOTH | stat.S_IWGRP):
        what = "can be written by others, who could have put any program there"
        hint = f"a store of your own: MUSLFALL_STORE=FOLDER; or: chmod -R go-w {path}"
        raise MuslfallError(what, path, hint)


def is_trusted(path: Path) -> bool:
    """The same as an answer; True where there is nothing yet."""
    try:
        require_trusted(path)
        return True
    except FileNotFoundError:
        return True
    except (OSError, MuslfallError):
        return False


def users(text: str) -> set[int]:
    """The numbers of the users that MUSLFALL_STORE_USERS names. Raises MuslfallError: no user."""
    import pwd

    found = set()
    for name in filter(None, (word.strip() for word in text.split(","))):
        try:
            number = int(name) if name.isdecimal() and len(name) < 11 else pwd.getpwnam(name).pw_uid
        except (KeyError, ValueError):
            raise MuslfallError(f"names {name!r}, who is no user here", USERS_VARIABLE) from None
        found.add(number)
    return found


def user_name(number: int) -> str:
    """A user's name, or number where there is no name."""
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
