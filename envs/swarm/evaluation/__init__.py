"""What is measured of the swarm: what was brought home, who survived, and contests."""
