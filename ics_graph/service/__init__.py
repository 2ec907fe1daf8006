"""The HTTP door: a FastAPI application over :mod:`ics_graph.governance`, and the SPARQL Protocol beside it."""
