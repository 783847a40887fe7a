"""A recorded episode of the swarm as what is drawn."""
