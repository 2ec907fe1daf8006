"""The canonical form of a graph and the dataset version made from it (W3C RDF Dataset Canonicalization, RDFC-1.0)."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad


def canonical_nquads(quads: Iterable[Quad]) -> bytes:
    """The canonical N-Quads: blank nodes named by RDFC-1.0, lexical forms as parsed, lines sorted by code point."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return "".join(sorted(f"{quad} .\n" for quad in dataset)).encode()


def dataset_version(quads: Iterable[Quad]) -> str:
    """The SHA-256 of the canonical N-Quads, in hexadecimal: the same on every machine for the same statements."""
    return sha256(canonical_nquads(quads)).hexdigest()
