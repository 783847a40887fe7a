"""Outcomes, return, length, and numeric infos."""
