"""Pipelines ask here whether they may deploy, and say how it went."""
