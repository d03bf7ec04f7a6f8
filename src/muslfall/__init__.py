"""muslfall builds an unmodified musl libc for WebAssembly with any pinned toolchain."""

from pathlib import Path

__version__ = "0.1.0"

#: The checkout that this package runs from.
ROOT = Path(__file__).resolve().parents[2]
