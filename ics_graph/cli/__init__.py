"""The command line: thin commands over the governance answers."""
