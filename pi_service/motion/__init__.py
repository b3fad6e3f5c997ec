"""What the limb does: tilt, gravity-free acceleration, stillness, on one uniform time base."""
