"""Reading RDF: quads with what was written, places of triples, lexical faults, dataset versions."""
