"""Words no customer would use: event log, consumers, live updates, API helpers."""
