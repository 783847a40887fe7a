"""Rules and the step of all worlds in compiled code."""
