"""What is well with sensors, bus and computer, what is not, and what to do about it."""
