"""Rules of driving in compiled code: whom a car follows, to whom it yields, which of its plans is best."""
