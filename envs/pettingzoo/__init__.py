"""People's own PettingZoo environments, by import path."""
