"""Tickets over REST: every practice's collection is made of these views."""
