"""Which change may have caused an incident: suggested from time and service."""
