"""A recorded drive as what is drawn."""
