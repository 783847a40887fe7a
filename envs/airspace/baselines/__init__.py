"""Rules that fly the airspace, to be compared with."""
