"""Junctions that cars drive through: five rooms."""
