"""Dates, the four days and the as-of rule (docs/model.md, "Time")."""
