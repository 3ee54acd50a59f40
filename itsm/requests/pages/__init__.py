"""Pages of the catalogue in settings, and of what happens after an order."""
