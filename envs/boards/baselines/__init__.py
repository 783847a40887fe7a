"""Rules that play the games, to be compared with."""
