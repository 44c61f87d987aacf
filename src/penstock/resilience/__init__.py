"""What to do when a call fails: decided by arithmetic and tables. Nothing here sleeps or sends."""
