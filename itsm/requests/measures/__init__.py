"""How orders flow, from the log: ordered, approval wait, fulfilment, done."""
