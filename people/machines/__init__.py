"""Service accounts: programs as users of their own kind, each with a human owner."""
