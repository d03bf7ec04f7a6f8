"""For all tests."""

import signal

# A shell has what it starts in the background ignore interrupts, and so would what tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
