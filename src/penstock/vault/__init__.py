"""The vault: credentials at rest in one encrypted file."""
