"""Rules that drive the roads, to be compared with."""
