"""Catalog: the vocabulary of integrations, and where they are found."""
