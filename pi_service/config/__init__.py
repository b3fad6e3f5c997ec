"""Settings: one model, and where each value of it comes from."""
