"""Saved views: a list's filters, order and columns under a name, for one or a team."""
