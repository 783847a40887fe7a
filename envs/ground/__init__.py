"""What every world stands on: records, rosters, vectorised rows, steering, compiled code."""
