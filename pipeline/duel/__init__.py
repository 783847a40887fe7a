"""A person against an exported policy, move by move in a terminal, in worlds that are games of two by turns."""
