"""A vendor played from its integration's own declaration, and a small shape that says what that does not."""
