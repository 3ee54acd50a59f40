"""People, teams, organisations, services, roles and policy."""
