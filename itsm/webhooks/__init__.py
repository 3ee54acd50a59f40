"""Events out: subscriptions of the log, each event signed and delivered in order."""
