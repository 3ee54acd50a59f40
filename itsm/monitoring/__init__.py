"""Events in: from what a tool reports to alerts, and from alerts to incidents."""
