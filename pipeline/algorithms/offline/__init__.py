"""How one learns from records alone: what was done there, and what came of it."""
