"""Killable processes that evaluate foreign SPARQL: see ``pool`` for their use and ``precheck`` for what is refused."""
