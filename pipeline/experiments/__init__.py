"""The experiments that DVC keeps, side by side: what was changed, and what came of it."""
