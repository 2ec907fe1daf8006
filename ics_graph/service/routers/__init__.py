"""One router per resource; :mod:`ics_graph.service.app` puts them together."""
