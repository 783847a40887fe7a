"""Named positions, and what is proven of drawn ones."""
