"""No named scenarios: episodes are drawn by seed."""
