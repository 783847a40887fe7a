"""What an operator fears, done on purpose to temporary checkouts: `make torture`, or python -m torture --help."""
