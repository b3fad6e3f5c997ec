"""Where a repetition starts, turns and ends; the count."""
