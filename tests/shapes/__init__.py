"""The rules of ``shapes/``: each fails on a minimal bad example and passes on its mended twin."""
