"""From alerts to incidents: what belongs together, when, and why."""
