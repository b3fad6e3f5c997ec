"""What is held and not repeated: a pose, or a weight that is carried."""
