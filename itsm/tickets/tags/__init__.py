"""Tags: words that teams put on tickets to find them again."""
