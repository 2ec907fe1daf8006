"""Validation: SHACL rules over data, findings that point at the line."""
