"""What a trained policy is: its network, as it acts and as it lies on disk."""
