"""Makes the folder of a new world."""
