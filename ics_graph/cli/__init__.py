"""The command line: thin commands over the governance answers."""

import gc

# Before anything is imported: importing makes a hundred thousand objects, of which none is in a cycle to be collected.
gc.set_threshold(200_000)
