"""Batch: rows in, rows out, crash-safe."""
