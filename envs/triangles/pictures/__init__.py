"""The hexagon, its taken cells, and the shapes on offer beside it."""
