"""Refinement sessions: an agenda, a timer, and what became of each story."""
