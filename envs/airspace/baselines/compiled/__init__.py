"""Reciprocal avoidance in compiled code: what half-planes of velocities each aircraft may choose from, and which."""
