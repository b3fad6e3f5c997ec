"""Made-up people whose movements are known exactly."""
