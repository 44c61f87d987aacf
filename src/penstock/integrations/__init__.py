"""Integrations: one file for each service, loaded on first use."""
