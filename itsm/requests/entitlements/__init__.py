"""What people hold because of their orders, until when, and who stands behind it."""
