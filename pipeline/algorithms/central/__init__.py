"""Critics that see more than the actor whose values they tell: MAPPO."""
