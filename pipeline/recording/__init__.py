"""Recording: pilots play drawn episodes of training, and what they see, do and are paid becomes a record."""
