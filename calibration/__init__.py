"""Turns counts into SI units."""
