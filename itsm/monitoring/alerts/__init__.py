"""What people and programs see of alerts."""
