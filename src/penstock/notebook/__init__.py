"""Notebook: how objects show themselves, the error boundary, and the kernel's own loop."""
