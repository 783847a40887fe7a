"""How the world WORLD moves, what agents see, and what they are paid."""
