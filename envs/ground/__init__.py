"""What every world stands on: what a world is, how it is played and told, any PettingZoo environment as a world."""
