"""Who hears what, on which channel, when: a reader of the event log."""
