"""A recorded flight as what is drawn."""
