"""Times in which alerts of some services are expected, and only recorded."""
