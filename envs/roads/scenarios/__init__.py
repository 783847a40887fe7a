"""Named junctions, and the orders of passage in which episodes are proven solvable."""
