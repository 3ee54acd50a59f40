"""Planning poker without everybody present: hidden, revealed, talked over, final."""
