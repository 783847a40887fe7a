"""How the games are played: rules, rows to learn from, exact values; enough to train in."""
