"""What has to be done for a ticket, step by step."""
