"""A puzzle: shapes of triangles are laid on a hexagon, and full lines vanish. Five rooms."""
