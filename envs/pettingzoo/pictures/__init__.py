"""The environment's own pictures."""
