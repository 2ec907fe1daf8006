"""What all tests share."""

from __future__ import annotations

import signal

# A run that is started in the background of a shell without job control (CI does that) ignores SIGINT, and so would
# every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
