"""Named positions, and streams of shapes outside of training."""
