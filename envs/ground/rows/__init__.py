"""Worlds as rows of one shared policy: agents in constant places, several worlds, several processes, normalised."""
