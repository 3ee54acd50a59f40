"""How changes flow: DORA's four measures, the wait for approval, emergencies."""
