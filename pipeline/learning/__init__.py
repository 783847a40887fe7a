"""One training run: what it is given, how it is supervised, where it goes on."""
