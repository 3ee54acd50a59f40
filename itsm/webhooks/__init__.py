"""Webhooks: the log, told to programs of others."""
