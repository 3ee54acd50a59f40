"""Settings pages of the catalogue."""
