"""When changes are planned: what they collide with, freezes, the next free window."""
