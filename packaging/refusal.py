"""The build backend of pyproject.toml: it says why there is nothing to install.

muslfall reads its checkout (pins, musl's port, tests) and builds in it; a package of its modules
alone would be a command that finds nothing.
"""

import sys


def refuse(*_arguments, **_settings):
    """Every hook of a build backend (PEP 517 and 660). Ends the process."""
    sys.exit("muslfall is not installed, it runs in its checkout: ./muslfall build")


get_requires_for_build_wheel = get_requires_for_build_editable = refuse
get_requires_for_build_sdist = build_wheel = build_editable = build_sdist = refuse
