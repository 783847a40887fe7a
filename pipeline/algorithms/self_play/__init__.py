"""Self-play: many games at once, each move searched for, and learning beside it; AlphaZero and MuZero stand on it."""
