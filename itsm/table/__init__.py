"""The Table API of ServiceNow, for what already speaks it."""
