"""What is measured of puzzles: cells cleared, moves, and who goes on for long."""
