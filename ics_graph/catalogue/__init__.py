"""The stored queries of ``queries/``: their metadata, typed parameters and safe binding."""
