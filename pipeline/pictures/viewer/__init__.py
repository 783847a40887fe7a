"""Draws a scene as pictures: for films, for an environment's `render`, and in a window."""
