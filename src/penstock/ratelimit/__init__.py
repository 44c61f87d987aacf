"""Rate limits: how many calls may leave, and when."""
