"""The folder outside of the checkout in which muslfall keeps what it fetches and makes."""

from __future__ import annotations

import os
from pathlib import Path


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
