"""Panels, players, films and windows."""
