"""Widgets: what a notebook draws. Loaded when one is asked for, never by `import penstock`."""
