"""The net's compiled loops: tracks of candidate plans, which of them lose separation, and what is decided."""
