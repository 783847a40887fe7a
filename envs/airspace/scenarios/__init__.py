"""Named traffic, and the ways in which traffic is proven solvable."""
