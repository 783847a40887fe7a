"""What rules choose, in compiled code."""
