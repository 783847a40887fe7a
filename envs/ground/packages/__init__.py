"""What other installed packages offer to this project."""
