"""What is measured of games: moves that lose value, and contests."""
