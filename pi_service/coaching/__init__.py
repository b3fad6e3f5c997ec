"""Judges repetitions and sets against what their exercise asks for: one small rule a file."""
