"""Rules that play the swarm, to be compared with."""
