"""What was changed on services, as pipelines tell it, and a service's page."""
