"""What the chip says: sample types now; bus, register map and driver beside them."""
