"""The catalogue: shelves, who may order, prices and charges, orders that come again."""
