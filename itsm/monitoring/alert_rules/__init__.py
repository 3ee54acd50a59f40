"""The rules that say what becomes of alerts, as people write them."""
