"""The agent: the process that keeps a vault unlocked, refreshes tokens, and outlives kernels and browsers."""
