"""Notebook: how objects show themselves, and the kernel's own loop."""
