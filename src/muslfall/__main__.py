"""The module that `python -m muslfall` runs."""

import sys

from muslfall.cli import main

if __name__ == "__main__":
    sys.exit(main())
