"""Who hears of what happens to tickets: facts, audiences, rules."""
