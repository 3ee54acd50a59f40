"""Articles: what helped once, written down so that it helps again."""
