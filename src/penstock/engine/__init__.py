"""Engine: the corridor every call walks through."""
