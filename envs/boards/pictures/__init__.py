"""A board, its stones and their last places."""
