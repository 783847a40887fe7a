"""The environment that params.yaml names, as a world."""
