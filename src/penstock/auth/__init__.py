"""Auth: how requests are signed, and as whom."""
