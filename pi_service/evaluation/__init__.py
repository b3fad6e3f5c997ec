"""Scores counting on labelled traces, run through the same streaming pipeline as live."""
