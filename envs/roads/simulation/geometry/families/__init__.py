"""How each family of junctions is drawn: a module for each kind of ground plan."""
