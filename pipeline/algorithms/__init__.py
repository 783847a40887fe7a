"""How one learns: algorithms by name, on rows of one shared policy."""
