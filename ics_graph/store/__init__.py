"""The snapshot: building it from authored files, opening it, its day graphs and its name index."""
