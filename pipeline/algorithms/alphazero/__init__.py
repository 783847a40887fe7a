"""AlphaZero: a network learns from what a search by the true rules makes of its own games."""
