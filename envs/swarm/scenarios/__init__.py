"""Named episodes of the swarm."""
