"""Tickets that become one, two, or another kind, and the way back."""
