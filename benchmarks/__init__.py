"""Measurements, side by side in one process, repeated, with medians; never asserted in tests."""
