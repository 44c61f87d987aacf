"""Widgets: what a notebook draws."""
