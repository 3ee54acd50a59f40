"""The catalogue in the portal: shelves, search, an order, orders that come again."""
