"""Loops over cars and routes, compiled by numba."""
