"""Nobody acts, and all act at random."""
