"""What trained policies did, as tables, rates with intervals, and a score."""
