"""Who flies, where and how: scenarios drawn and written by hand, aircraft types and what they can do."""
