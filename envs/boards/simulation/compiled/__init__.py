"""Rules, exact solver, rules of thumb and the step of all worlds in compiled code."""
