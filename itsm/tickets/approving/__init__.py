"""Decisions that a ticket's process asks of people: who may, votes, what is due."""
