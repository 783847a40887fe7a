"""Any PettingZoo environment as a world: uniform rows, turns side by side, and faults told in a line."""
