"""Sets and their reps: numbers, corrections, and the events that tell of them."""
