"""MuZero: a network learns a model of the game beside policy and value, and searches by that alone."""
