"""The doors through which events come in: one durable insert, then the answer."""
