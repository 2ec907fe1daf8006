"""Governance answers, typed: the one place where accountability, membership and delegation are worked out."""
