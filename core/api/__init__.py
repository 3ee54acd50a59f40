"""What every REST door shares: problems, bodies, lists, idempotency, schema."""
