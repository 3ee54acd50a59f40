"""Incidents, requests, changes and problems on one shared ticket."""
