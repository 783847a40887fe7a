"""Examines a machine and a checkout: what is not as it should be, and what to do about it."""
