"""What the station says: topics, payloads, and the way to the broker."""
